#include "reel/models/zoo/zoo.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/zoo/models.h"

namespace reel {

std::span<const ZooModel> zoo_models() {
  static const ZooModel models[] = {
      zoo_simple_rnn(),
      zoo_lstm(),
      zoo_gru(),
      zoo_bidirectional_lstm(),
      zoo_stacked_rnn(),
      zoo_transformer_text(),
      zoo_autoencoder(),
      zoo_autoencoder_images(),
      zoo_sparse_autoencoder(),
      zoo_denoising_autoencoder(),
      zoo_convolutional_autoencoder(),
      zoo_variational_autoencoder(),
      zoo_lstm_autoencoder(),
      zoo_mlp(),
      zoo_convnet(),
      zoo_perceptron(),
      zoo_neural_net(),
      zoo_char_lm(),
      zoo_seq2seq_addition(),
      zoo_adding_problem(),
      zoo_copy_memory(),
      zoo_timeseries_forecast(),
      zoo_timeseries_anomaly(),
  };
  return models;
}

const ZooModel* find_zoo_model(std::string_view name) {
  for (const ZooModel& model : zoo_models()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

const ZooOption* ZooModel::option(std::string_view of_name) const {
  for (const ZooOption& option : options) {
    if (option.name == of_name) return &option;
  }
  return nullptr;
}

ZooConfig ZooModel::config(uint64_t seed) const {
  ZooConfig config{.seed = seed};
  for (const ZooOption& option : options) config.values.emplace(option.name, option.value);
  return config;
}

void ZooModel::set(ZooConfig& config, std::string_view of_name, std::string_view value) const {
  const ZooOption* known = option(of_name);
  if (known == nullptr) {
    std::vector<std::string_view> names;
    for (const ZooOption& each : options) {
      if (!each.is_of_data) names.push_back(each.name);
    }
    throw ValueError(names.empty() ? fmt::format("{} has no options, got \"{}\"", name, excerpt(of_name))
                                   : fmt::format("{} has no option \"{}\", only {}", name, excerpt(of_name),
                                                 fmt::join(names, ", ")));
  }
  if (known->is_of_data) throw ValueError(fmt::format("{} of {} is what the data say", of_name, name));
  config.values[std::string(of_name)] = known->parse(value);
}

}  // namespace reel
