// Reads: models/files/keras_file.cc models/files/keras2_config.cc
#include "reel/models/files/keras_file.h"

#include "fuzz.h"
#include "reel/models/model/model.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const KerasFile file = read_keras_file(input, "input");
  if (!file.has_model()) return;
  const KerasFile again = must([&] { return read_keras_file(write_keras_file(file), "written"); });
  require(again.note == file.note, "another note");
  const Model model = Model::load(file_of(input, "input.keras"));
  must([&] {
    const std::string path = file_of({}, "written.keras");
    model.save(path);
    return Model::load(path).weights_sha256();
  });
}

}  // namespace reel::fuzz
