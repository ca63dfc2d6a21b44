// NumPy's .npy files: one array. Source: the NPY format specification of NumPy (numpy.lib.format), versions 1.0 to 3.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// What the header of an NPY file says.
struct NpyHeader {
  /// NumPy's name of the element type, e.g. "<f4"; "|O" is a pickle of Python objects.
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
  /// Where the elements begin, in bytes from the start of the file.
  size_t data_offset = 0;
};

/// Reads the header alone; `source` names the file in messages. Throws DataError for anything but an NPY header with
/// exactly the keys descr, fortran_order and shape.
NpyHeader read_npy_header(std::span<const std::byte> file, std::string_view source);

/// The array. "<f4" becomes f32, "<f8" f64; booleans and integers of 8 to 64 bits become i32. Fortran order is
/// transposed to row-major. Throws DataError for a damaged or truncated file, bytes after the last element, another
/// element type, more than six axes or 2^48 elements, or an integer outside 32 bits. The array takes at most four times
/// the file's size of memory.
Tensor read_npy(std::span<const std::byte> file, std::string_view source);

/// The same with each element as f32.
Tensor read_npy_f32(std::span<const std::byte> file, std::string_view source);

/// The tensor as an NPY 1.0 file of "<f4", "<f8" or "<i4", in row-major order.
std::vector<std::byte> write_npy(const Tensor& tensor);

}  // namespace reel
