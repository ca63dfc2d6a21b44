// Reads: tools/saved_model.cc
#include "tools/saved_model.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "model.npz");
  const cli::SavedModel saved = cli::load_model(path);
  const cli::SavedModel again = must([&] {
    cli::save_model(path, saved.zoo, saved.trained);
    return cli::load_model(path);
  });
  require(&again.zoo == &saved.zoo && again.trained.words == saved.trained.words, "another model");
  require(again.trained.config.values == saved.trained.config.values, "other options");
  require(again.trained.classes == saved.trained.classes, "other classes");
  require(again.trained.model.weights_sha256() == saved.trained.model.weights_sha256(), "other weights");
}

}  // namespace reel::fuzz
