// Reads: models/formats/safetensors.cc
#include "reel/models/formats/safetensors.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const Safetensors content = read_safetensors(input, "input");
  const Safetensors again = must([&] { return read_safetensors(write_safetensors(content), "written"); });
  require(again.metadata == content.metadata, "other texts");
  require(again.tensors.size() == content.tensors.size(), "another number of arrays");
  for (size_t i = 0; i < content.tensors.size(); ++i) {
    require(again.tensors[i].first == content.tensors[i].first, "another name");
    require_same(again.tensors[i].second, content.tensors[i].second);
  }
}

}  // namespace reel::fuzz
