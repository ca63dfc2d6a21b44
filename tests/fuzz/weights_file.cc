// Reads: models/files/weights_file.cc
#include "reel/models/files/weights_file.h"

#include "fuzz.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "input.npz");
  const WeightsFile file = read_weights_file(path);
  const WeightsFile again = must([&] {
    const std::string written = file_of({}, "written.npz");
    write_weights_file(written, file.tensors, file.note);
    return read_weights_file(written);
  });
  require(again.note == file.note, "another note");
  require(again.tensors.size() == file.tensors.size(), "another number of weights");
  for (size_t i = 0; i < file.tensors.size(); ++i) {
    require(again.tensors[i].first == file.tensors[i].first, "another name");
    require_same(again.tensors[i].second, file.tensors[i].second);
  }
  // A model that can be given the weights keeps them as they are in the file.
  Sequential model({Input({2}), Dense(1)});
  model.load_weights(path);
  must([&] {
    model.save_weights(path, file.note);
    model.load_weights(path);
  });
  // Safetensors has names and a note of UTF-8 only, and others are refused.
  const std::string flat = file_of({}, "written.safetensors");
  write_weights_file(flat, file.tensors, file.note);
  const WeightsFile read_flat = must([&] { return read_weights_file(flat); });
  require(read_flat.note == file.note && read_flat.tensors.size() == file.tensors.size(),
          "another file as safetensors");
}

}  // namespace reel::fuzz
