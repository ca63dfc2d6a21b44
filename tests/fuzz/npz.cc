// Reads: models/formats/npz.cc
#include "reel/models/formats/npz.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "input.npz");
  const NamedTensors tensors = load_npz(path);
  for (const auto& [name, tensor] : tensors) {
    if (name.empty()) return;  // NumPy reads one without a name, too; `write_npz` asks for one
  }
  const NamedTensors again = must([&] {
    save_npz(path, tensors);
    return load_npz(path);
  });
  require(again.size() == tensors.size(), "another number of arrays");
  for (size_t i = 0; i < tensors.size(); ++i) {
    require(again[i].first == tensors[i].first, "another name");
    require_same(again[i].second, tensors[i].second);
  }
}

}  // namespace reel::fuzz
