// Reads: models/formats/npz.cc
#include "reel/models/formats/npz.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const NamedTensors tensors = read_npz(input, "input");
  const NamedTensors again = must([&] { return read_npz(write_npz(tensors), "written again"); });
  require(again.size() == tensors.size(), "another number of arrays");
  for (size_t i = 0; i < tensors.size(); ++i) {
    require(again[i].first == tensors[i].first, "another name");
    require_same(again[i].second, tensors[i].second);
  }
}

}  // namespace reel::fuzz
