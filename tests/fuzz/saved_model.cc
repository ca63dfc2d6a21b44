// Reads: tools/saved_model.cc
#include "tools/saved_model.h"

#include <variant>

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
  // The same file as one of any model.
  const cli::AnyModel any = must([&] {
    cli::check_model_path(path);
    const cli::AnyModel read = cli::load_any_model(path);
    cli::save_any_model(path, read);
    return cli::load_any_model(path);
  });
  require(any.model.weights_sha256() == saved.trained.model.weights_sha256(), "other weights of any model");
  require(cli::zoo_model_in(any.note).zoo == &saved.zoo, "another model in the note");
  const auto texts = must([&] { return cli::load_text_model(path); });
  require(std::holds_alternative<cli::SavedModel>(texts), "no model of the zoo");
}

}  // namespace reel::fuzz
