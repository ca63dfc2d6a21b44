#include "reel/models/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/file_shape.h"
#include "reel/models/formats/gzip.h"

namespace reel {
namespace {

enum ElementCode : uint8_t { kUByte = 0x08, kByte = 0x09, kShort = 0x0b, kInt = 0x0c, kFloat = 0x0d, kDouble = 0x0e };
constexpr size_t kMagicSize = 4;

/// Bytes of an element, 0 for a code that does not exist.
size_t element_size(uint8_t code) {
  switch (code) {
    case kUByte:
    case kByte: return 1;
    case kShort: return 2;
    case kInt:
    case kFloat: return 4;
    case kDouble: return 8;
    default: return 0;
  }
}

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

Tensor convert(uint8_t code, std::span<const std::byte> data, const Shape& shape) {
  switch (code) {
    case kUByte: return convert<uint8_t, int32_t>(data, shape);
    case kByte: return convert<int8_t, int32_t>(data, shape);
    case kShort: return convert<int16_t, int32_t>(data, shape);
    case kInt: return convert<int32_t, int32_t>(data, shape);
    case kFloat: return convert<float, float>(data, shape);
    default: return convert<double, double>(data, shape);
  }
}

}  // namespace

bool is_idx(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagicSize && bytes[0] == std::byte{0} && bytes[1] == std::byte{0} &&
         element_size(std::to_integer<uint8_t>(bytes[2])) > 0 && bytes[3] > std::byte{0};
}

bool idx_holds_bytes(std::span<const std::byte> bytes) { return is_idx(bytes) && bytes[2] == std::byte{kUByte}; }

Tensor read_idx(std::span<const std::byte> file, std::string_view source) {
  if (!is_idx(file)) throw DataError(fmt::format("{}: not an IDX file{}", source, got_kind(file)));
  const auto code = std::to_integer<uint8_t>(file[2]);
  const auto rank = std::to_integer<size_t>(file[3]);
  const size_t begin = kMagicSize + 4 * rank;
  if (file.size() < begin) throw DataError(fmt::format("{}: cut short in the IDX header", source));
  std::vector<int64_t> extents;
  for (size_t axis = 0; axis < rank; ++axis) {
    extents.push_back(big_endian<uint32_t>(file.data() + kMagicSize + 4 * axis));
  }
  const Shape shape = file_shape(extents, source);
  const size_t expected = static_cast<size_t>(shape.size()) * element_size(code);
  const std::span<const std::byte> data = file.subspan(begin);
  if (data.size() != expected) {
    throw DataError(fmt::format("{}: shape {} takes {} bytes, got {}", source, shape.str(), expected, data.size()));
  }
  return convert(code, data, shape);
}

Tensor load_idx(const std::string& path) {
  const std::vector<std::byte> file = read_file(path);
  return is_gzip(file) ? read_idx(gunzip(file, path), path) : read_idx(file, path);
}

}  // namespace reel
