#include "reel/models/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/file_shape.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

constexpr uint8_t kUByte = 0x08;
constexpr size_t kMagicSize = 4;

/// The big-endian value at `from`.
template <class T>
T big_endian(const std::byte* from) {
  std::array<std::byte, sizeof(T)> bytes;
  std::reverse_copy(from, from + sizeof(T), bytes.begin());
  return std::bit_cast<T>(bytes);
}

template <class From, class To>
Tensor convert(std::span<const std::byte> data, const Shape& shape) {
  Tensor out(dtype_of<To>, shape);
  const std::byte* from = data.data();
  for (To& element : out.data<To>()) {
    element = static_cast<To>(big_endian<From>(from));
    from += sizeof(From);
  }
  return out;
}

/// An element type, and how its elements are read as Reel keeps them and as f32.
struct ElementType {
  uint8_t code;
  size_t size;
  Tensor (*read)(std::span<const std::byte>, const Shape&);
  Tensor (*read_f32)(std::span<const std::byte>, const Shape&);
};

template <class From, class To>
constexpr ElementType element(uint8_t code) {
  return {code, sizeof(From), &convert<From, To>, &convert<From, float>};
}

constexpr std::array kElementTypes{
    element<uint8_t, int32_t>(kUByte), element<int8_t, int32_t>(0x09), element<int16_t, int32_t>(0x0b),
    element<int32_t, int32_t>(0x0c),   element<float, float>(0x0d),    element<double, double>(0x0e),
};

/// Null for a code that does not exist.
const ElementType* element_type(std::byte code) {
  const auto found = std::ranges::find(kElementTypes, std::to_integer<uint8_t>(code), &ElementType::code);
  return found == kElementTypes.end() ? nullptr : &*found;
}

Tensor read(std::span<const std::byte> file, std::string_view source, bool as_f32) {
  if (!is_idx(file)) throw DataError(fmt::format("{}: not an IDX file{}", source, got_kind(file)));
  const ElementType& type = *element_type(file[2]);
  const auto rank = std::to_integer<size_t>(file[3]);
  const size_t begin = kMagicSize + 4 * rank;
  if (file.size() < begin) throw DataError(fmt::format("{}: cut short in the IDX header", source));
  std::vector<int64_t> extents;
  for (size_t axis = 0; axis < rank; ++axis) {
    extents.push_back(big_endian<uint32_t>(file.data() + kMagicSize + 4 * axis));
  }
  const Shape shape = file_shape(extents, source);
  const size_t expected = static_cast<size_t>(shape.size()) * type.size;
  const std::span<const std::byte> data = file.subspan(begin);
  if (data.size() != expected) {
    throw DataError(fmt::format("{}: shape {} takes {} bytes, got {}", source, shape.str(), expected, data.size()));
  }
  return (as_f32 ? type.read_f32 : type.read)(data, shape);
}

}  // namespace

bool is_idx(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagicSize && bytes[0] == std::byte{0} && bytes[1] == std::byte{0} &&
         element_type(bytes[2]) != nullptr && bytes[3] > std::byte{0};
}

bool idx_holds_bytes(std::span<const std::byte> bytes) { return is_idx(bytes) && bytes[2] == std::byte{kUByte}; }

Tensor read_idx(std::span<const std::byte> file, std::string_view source) { return read(file, source, false); }

Tensor read_idx_f32(std::span<const std::byte> file, std::string_view source) { return read(file, source, true); }

Tensor load_idx(const std::string& path) {
  std::vector<std::byte> file = read_file(path);
  if (is_gzip(file)) file = gunzip(file, path);
  return read_idx(file, path);
}

}  // namespace reel
