// safetensors files: named arrays behind a header of JSON. Source: the format as its library describes it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/models/formats/npz.h"

namespace reel {

struct Safetensors {
  NamedTensors tensors;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< texts by name
};

/// Whether bytes begin as such a file does: with the size of a header, which is an object.
bool is_safetensors(std::span<const std::byte> bytes);

/// F16, BF16, F32 become f32, F64 f64, BOOL and integers i32; in the order of the data. Throws DataError, with `source`
/// and the name, for a file that is damaged or truncated, for arrays that overlap or leave gaps, more than six axes or
/// 2^48 elements, integers outside 32 bits, and other types.
Safetensors read_safetensors(std::span<const std::byte> file, std::string_view source);

/// The file, with f32, f64 and i32 as they are. The same content gives the same bytes. Throws ValueError for a name
/// used twice, and for names and metadata that are no UTF-8.
std::vector<std::byte> write_safetensors(const Safetensors& content);

}  // namespace reel
