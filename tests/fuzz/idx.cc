// Reads: models/data/idx.cc
#include "reel/models/data/idx.h"

#include <algorithm>

#include "fuzz.h"

namespace reel::fuzz {
namespace {

/// The tensor as an IDX file of its own element type.
std::vector<std::byte> written(const Tensor& tensor) {
  const DType dtype = tensor.dtype();
  const uint8_t code = dtype == DType::i32 ? 0x0c : dtype == DType::f32 ? 0x0d : 0x0e;
  std::vector<std::byte> out = {std::byte{0}, std::byte{0}, std::byte{code},
                                static_cast<std::byte>(tensor.shape().rank())};
  for (const int64_t extent : tensor.shape().dims()) {
    for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::byte>(extent >> shift & 0xff));
  }
  const size_t size = size_of(dtype);
  for (const std::byte* from = tensor.raw(); from != tensor.raw() + tensor.bytes(); from += size) {
    std::reverse_copy(from, from + size, std::back_inserter(out));
  }
  return out;
}

}  // namespace

void read(std::span<const std::byte> input) {
  const Tensor tensor = load_idx(file_of(input, "input-idx-ubyte"));
  require_same(must([&] { return read_idx(written(tensor), "written again"); }), tensor);
}

}  // namespace reel::fuzz
