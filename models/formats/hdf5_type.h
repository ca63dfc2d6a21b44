// Types and shapes of elements in HDF5 files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/formats/hdf5_object.h"

namespace reel {

struct Hdf5Type {
  enum class Kind { number, whole, text, variable_text, opaque, other };
  Kind kind = Kind::other;
  uint64_t size = 0;  // bytes of an element
  bool is_signed = false, is_big_endian = false;
  bool is_bfloat16 = false;  // a number's 16 bits
};

struct Hdf5Space {
  bool is_scalar = true;
  std::vector<int64_t> extents;
  uint64_t count = 1;  // of elements; 0 of a space that has none
};

Hdf5Type read_type(const Hdf5Input& input, std::span<const std::byte> body);
/// Throws DataError for more elements than a Shape has.
Hdf5Space read_space(const Hdf5Input& input, std::span<const std::byte> body);

/// The elements as f32, f64 or i32; `data` has all of them. Throws DataError for types that are no numbers, and for
/// integers outside 32 bits.
Tensor tensor_of(Hdf5Input& input, const Hdf5Type& type, const Shape& shape, std::span<const std::byte> data);

}  // namespace reel
