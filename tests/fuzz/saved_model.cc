// Reads: tools/saved_model.cc
#include "tools/saved_model.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "model.npz");
  const cli::SavedModel saved = cli::load_model(path);
  ZooConfig config;
  if (saved.model.kind == ZooKind::table) {
    config.features = saved.sequential.weights()[0].second.shape()[0];
    config.encoding_size = saved.sequential.weights()[0].second.shape()[1];
  }
  ZooData data;
  data.words = saved.words;
  const cli::SavedModel again = must([&] {
    cli::save_model(path, saved.model, config, data, saved.sequential);
    return cli::load_model(path);
  });
  require(&again.model == &saved.model && again.words == saved.words, "another model");
  require(again.sequential.weights_sha256() == saved.sequential.weights_sha256(), "other weights");
}

}  // namespace reel::fuzz
