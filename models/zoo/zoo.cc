#include "reel/models/zoo/zoo.h"

#include "reel/models/zoo/models.h"

namespace reel {

std::span<const ZooModel> zoo_models() {
  static const ZooModel models[] = {
      zoo_simple_rnn(), zoo_lstm(), zoo_gru(), zoo_autoencoder(), zoo_autoencoder_images(),
  };
  return models;
}

const ZooModel* find_zoo_model(std::string_view name) {
  for (const ZooModel& model : zoo_models()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

}  // namespace reel
