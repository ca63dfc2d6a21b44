#include "reel/models/formats/hdf5_type.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/formats/file_shape.h"
#include "reel/models/formats/half.h"

namespace reel {
namespace {

enum Class { kWhole = 0, kFloat = 1, kString = 3, kOpaque = 5, kEnum = 8, kVariable = 9 };

/// Where sign, exponent and fraction of a float stand.
struct FloatLayout {
  uint64_t size;
  int sign, exponent_at, exponent_bits, fraction_bits;
  uint64_t bias;
  bool is_bfloat16;
};

constexpr FloatLayout kFloats[] = {{2, 15, 10, 5, 10, 15, false},
                                   {2, 15, 7, 8, 7, 127, true},
                                   {4, 31, 23, 8, 23, 127, false},
                                   {8, 63, 52, 11, 52, 1023, false}};

void read_float(Hdf5Cursor& cursor, uint64_t bits, Hdf5Type& type) {
  constexpr uint64_t kBigEndian = 1, kVax = 64, kImplied = 2;  // the fraction's first bit is 1 and left out
  if ((bits & kVax) != 0 || (bits >> 4 & 3) != kImplied) return;
  const uint64_t first_bit = cursor.number(2), precision = cursor.number(2);
  const int exponent_at = cursor.byte(), exponent_bits = cursor.byte();
  const int fraction_at = cursor.byte(), fraction_bits = cursor.byte();
  const uint64_t bias = cursor.number(4);
  for (const FloatLayout& known : kFloats) {
    if (type.size != known.size || first_bit != 0 || precision != 8 * known.size || fraction_at != 0 ||
        static_cast<int>(bits >> 8 & 255) != known.sign || exponent_at != known.exponent_at ||
        exponent_bits != known.exponent_bits || fraction_bits != known.fraction_bits || bias != known.bias)
      continue;
    type.kind = Hdf5Type::Kind::number;
    type.is_big_endian = (bits & kBigEndian) != 0;
    type.is_bfloat16 = known.is_bfloat16;
  }
}

void read_whole(Hdf5Cursor& cursor, uint64_t bits, Hdf5Type& type) {
  constexpr uint64_t kBigEndian = 1, kSigned = 8;
  const uint64_t first_bit = cursor.number(2), precision = cursor.number(2);
  if (first_bit != 0 || precision != 8 * type.size || type.size > 8 || !std::has_single_bit(type.size)) return;
  type.kind = Hdf5Type::Kind::whole;
  type.is_big_endian = (bits & kBigEndian) != 0;
  type.is_signed = (bits & kSigned) != 0;
}

/// An element's bits.
uint64_t bits_at(const Hdf5Type& type, std::span<const std::byte> data, size_t i) {
  uint64_t value = 0;
  for (size_t b = 0; b < type.size; ++b) {
    const size_t at = type.is_big_endian ? b : type.size - 1 - b;
    value = value << 8 | std::to_integer<uint64_t>(data[i * type.size + at]);
  }
  return value;
}

int64_t sign_extended(uint64_t bits, uint64_t bytes) {
  const int unused = static_cast<int>(64 - 8 * bytes);
  return static_cast<int64_t>(bits << unused) >> unused;
}

void fill_floats(const Hdf5Type& type, std::span<const std::byte> data, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t bits = bits_at(type, data, i);
    if (type.size == 4)
      out[i] = std::bit_cast<float>(static_cast<uint32_t>(bits));
    else
      out[i] = type.is_bfloat16 ? float_of_bfloat16(static_cast<uint16_t>(bits))
                                : float_of_half(static_cast<uint16_t>(bits));
  }
}

void fill_integers(const Hdf5Input& input, const Hdf5Type& type, std::span<const std::byte> data,
                   std::span<int32_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t bits = bits_at(type, data, i);
    const int64_t value = sign_extended(bits, type.size);
    const bool fits = type.is_signed ? std::in_range<int32_t>(value) : std::in_range<int32_t>(bits);
    if (!fits) input.fail(fmt::format("element {} is outside the 32-bit integers", i));
    out[i] = static_cast<int32_t>(type.is_signed ? value : static_cast<int64_t>(bits));
  }
}

}  // namespace

Hdf5Type read_type(const Hdf5Input& input, std::span<const std::byte> body) {
  Hdf5Cursor cursor(input, body);
  const int head = cursor.byte();
  const uint64_t bits = cursor.number(3);
  Hdf5Type type;
  type.size = cursor.number(4);
  if (type.size == 0) cursor.fail("expected a type of one byte at least");
  switch (head & 15) {
    case kFloat: read_float(cursor, bits, type); break;
    case kWhole: read_whole(cursor, bits, type); break;
    case kString: type.kind = Hdf5Type::Kind::text; break;
    case kOpaque: type.kind = Hdf5Type::Kind::opaque; break;
    case kEnum: {
      const std::span<const std::byte> base = cursor.take(cursor.left());
      if (base.empty() || (std::to_integer<int>(base[0]) & 15) != kWhole) break;
      const Hdf5Type whole = read_type(input, base);
      if (whole.size == type.size) return whole;
      break;
    }
    case kVariable:
      if ((bits & 15) == 1) type.kind = Hdf5Type::Kind::variable_text;
      break;
    default: break;
  }
  return type;
}

Hdf5Space read_space(const Hdf5Input& input, std::span<const std::byte> body) {
  constexpr int kNull = 2;
  Hdf5Cursor cursor(input, body);
  const int version = cursor.byte();
  if (version != 1 && version != 2) cursor.fail(fmt::format("expected a shape of version 1 or 2, got {}", version));
  const int axes = cursor.byte();
  cursor.skip(1);  // whether longest extents follow
  const int kind = cursor.byte();
  if (version == 1) cursor.skip(4);
  Hdf5Space space;
  space.is_scalar = axes == 0;
  for (int axis = 0; axis < axes; ++axis) {
    const uint64_t extent = cursor.length();
    if (!std::in_range<int64_t>(extent)) cursor.fail("has an axis that is too long");
    space.extents.push_back(static_cast<int64_t>(extent));
  }
  if (version == 2 && kind == kNull)
    space.count = 0;
  else
    space.count = static_cast<uint64_t>(file_shape(space.extents, input.name()).size());
  return space;
}

Tensor tensor_of(Hdf5Input& input, const Hdf5Type& type, const Shape& shape, std::span<const std::byte> data) {
  const bool is_whole = type.kind == Hdf5Type::Kind::whole;
  if (!is_whole && type.kind != Hdf5Type::Kind::number) input.fail("has elements that are no numbers");
  const DType dtype = is_whole ? DType::i32 : type.size == sizeof(double) ? DType::f64 : DType::f32;
  input.budget().take(static_cast<uint64_t>(Type{dtype, shape}.bytes()));
  Tensor out(dtype, shape);
  const auto count = static_cast<size_t>(shape.size());
  if (!is_whole && !type.is_big_endian && type.size >= sizeof(float)) {
    if (count > 0) std::memcpy(out.raw(), data.data(), count * type.size);
  } else if (is_whole) {
    fill_integers(input, type, data, out.data<int32_t>());
  } else if (dtype == DType::f64) {
    for (size_t i = 0; i < count; ++i) out.data<double>()[i] = std::bit_cast<double>(bits_at(type, data, i));
  } else {
    fill_floats(type, data, out.data<float>());
  }
  return out;
}

}  // namespace reel
