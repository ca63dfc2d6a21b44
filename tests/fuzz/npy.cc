// Reads: models/formats/npy.cc models/formats/npy_header.cc
#include "reel/models/formats/npy.h"

#include "fuzz.h"

namespace reel::fuzz {

// A byte becomes an i32, and Fortran order is transposed into a copy.
const size_t kMemoryFactor = 32;

void read(std::span<const std::byte> input) {
  const Tensor tensor = read_npy(input, "input");
  const NpyHeader header = must([&] { return read_npy_header(input, "the same input"); });
  require(Shape(std::span<const int64_t>(header.shape)) == tensor.shape(), "the header has another shape");
  require_same(must([&] { return read_npy(write_npy(tensor), "written again"); }), tensor);
}

}  // namespace reel::fuzz
