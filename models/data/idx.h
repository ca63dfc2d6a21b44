// IDX files, the format of MNIST and Fashion-MNIST.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "reel/graph/tensor.h"

namespace reel {

/// Whether `bytes` begin as an IDX file does: two zeros, an element type, a number of axes.
bool is_idx(std::span<const std::byte> bytes);
/// Whether the elements of an IDX file are unsigned bytes, as those of pictures are.
bool idx_holds_bytes(std::span<const std::byte> bytes);

/// The array of an IDX file: unsigned and signed bytes, 16- and 32-bit integers become i32, floats f32, doubles f64.
/// Throws DataError when it is truncated, damaged, has bytes after the last element, more than six axes or 2^48
/// elements. The array takes at most four times the file's size of memory. Source: the format's description on the
/// MNIST database's page.
Tensor read_idx(std::span<const std::byte> file, std::string_view source);

/// The same with each element as f32.
Tensor read_idx_f32(std::span<const std::byte> file, std::string_view source);

/// `read_idx` of the file at `path`, unpacked first, as `gunzip` does, when it is gzip; with what is unpacked it then
/// takes at most four times `memory_bound` of the file's size.
Tensor load_idx(const std::string& path);

}  // namespace reel
