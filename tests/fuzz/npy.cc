// Reads: models/formats/npy.cc models/formats/npy_header.cc models/formats/file_shape.cc
#include "reel/models/formats/npy.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const Tensor tensor = read_npy(input, "input");
  const NpyHeader header = must([&] { return read_npy_header(input, "the same input"); });
  require(Shape(std::span<const int64_t>(header.shape)) == tensor.shape(), "the header has another shape");
  require_same(must([&] { return read_npy(write_npy(tensor), "written again"); }), tensor);
}

}  // namespace reel::fuzz
