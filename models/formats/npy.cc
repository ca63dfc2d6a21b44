#include "reel/models/formats/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/formats/file_shape.h"

namespace reel {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie in the file");

/// What stands behind the header.
struct Elements {
  std::span<const std::byte> data;
  const Shape& shape;
  bool is_fortran;  ///< the first axis runs fastest
  std::string_view source;
};

/// Calls visit(to, from) for each place in row-major order and its place in the file.
template <class Visit>
void for_each_place(const Elements& file, Visit visit) {
  const Shape& shape = file.shape;
  if (!file.is_fortran) {
    for (int64_t i = 0; i < shape.size(); ++i) visit(i, i);
    return;
  }
  std::array<int64_t, Shape::kMaxRank> index{}, stride{};
  for (int axis = 0; axis < shape.rank(); ++axis) stride[axis] = shape.product(0, axis);
  int64_t from = 0;
  for (int64_t to = 0; to < shape.size(); ++to) {
    visit(to, from);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

/// Each element converted to the tensor's type.
template <class From, class To>
void convert(const Elements& file, Tensor& tensor) {
  To* out = tensor.data<To>().data();
  for_each_place(file, [&](int64_t to, int64_t from) {
    From value;
    std::memcpy(&value, file.data.data() + static_cast<size_t>(from) * sizeof(From), sizeof(From));
    if constexpr (std::is_integral_v<From>) {
      if (!std::in_range<int32_t>(value)) {
        throw DataError(fmt::format("{}: element {} is {}, outside the 32-bit integers", file.source, from, value));
      }
    }
    out[to] = static_cast<To>(value);
  });
}

/// Bytes of a boolean array; reading them as bool would be undefined for values other than 0 and 1.
template <class To>
void convert_bools(const Elements& file, Tensor& tensor) {
  To* out = tensor.data<To>().data();
  for_each_place(file, [&](int64_t to, int64_t from) {
    out[to] = static_cast<To>(file.data[static_cast<size_t>(from)] != std::byte{0});
  });
}

struct ElementType {
  std::string_view descr;
  size_t size;
  DType dtype;
  void (*read)(const Elements&, Tensor&);
  void (*read_f32)(const Elements&, Tensor&);
};

template <class From, class To>
constexpr ElementType element(std::string_view descr) {
  return {descr, sizeof(From), dtype_of<To>, &convert<From, To>, &convert<From, float>};
}

constexpr std::array kElementTypes{
    element<float, float>("<f4"),
    element<double, double>("<f8"),
    element<int32_t, int32_t>("<i4"),
    element<int64_t, int32_t>("<i8"),
    element<uint8_t, int32_t>("|u1"),
    element<int8_t, int32_t>("|i1"),
    element<int16_t, int32_t>("<i2"),
    element<uint16_t, int32_t>("<u2"),
    element<uint32_t, int32_t>("<u4"),
    element<uint64_t, int32_t>("<u8"),
    ElementType{"|b1", 1, DType::i32, &convert_bools<int32_t>, &convert_bools<float>},
};

const ElementType& element_type(const std::string& descr, std::string_view source) {
  for (const ElementType& type : kElementTypes) {
    if (type.descr == descr) return type;
  }
  if (descr == "|O") throw DataError(fmt::format("{}: holds Python objects, not numbers", source));
  throw DataError(fmt::format("{}: element type '{}' is not one Reel reads", source, excerpt(descr)));
}

Tensor read(std::span<const std::byte> file, std::string_view source, bool as_f32) {
  const NpyHeader header = read_npy_header(file, source);
  const ElementType& type = element_type(header.descr, source);
  const Shape shape = file_shape(header.shape, source);
  const size_t expected = static_cast<size_t>(shape.size()) * type.size;
  const std::span<const std::byte> data = file.subspan(header.data_offset);
  if (data.size() != expected) {
    throw DataError(fmt::format("{}: {} of shape {} takes {} bytes, got {}", source, header.descr, shape.str(),
                                expected, data.size()));
  }
  Tensor out(as_f32 ? DType::f32 : type.dtype, shape);
  const Elements elements{data, shape, header.fortran_order && shape.rank() > 1, source};
  (as_f32 ? type.read_f32 : type.read)(elements, out);
  return out;
}

}  // namespace

Tensor read_npy(std::span<const std::byte> file, std::string_view source) { return read(file, source, false); }

Tensor read_npy_f32(std::span<const std::byte> file, std::string_view source) { return read(file, source, true); }

std::vector<std::byte> write_npy(const Tensor& tensor) {
  constexpr size_t kPreamble = 10, kAlignment = 64;
  const std::span<const int64_t> dims = tensor.shape().dims();
  const char* descr = tensor.dtype() == DType::f32 ? "<f4" : tensor.dtype() == DType::f64 ? "<f8" : "<i4";
  // Python writes a tuple of one with a comma after it.
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                 fmt::join(dims, ", "), dims.size() == 1 ? "," : "");
  text.append(kAlignment - 1 - (kPreamble + text.size()) % kAlignment, ' ');
  text += '\n';
  std::string head("\x93NUMPY\x01\x00", 8);
  head += static_cast<char>(text.size() & 0xff);
  head += static_cast<char>(text.size() >> 8);
  head += text;
  std::vector<std::byte> out(head.size() + tensor.bytes());
  std::memcpy(out.data(), head.data(), head.size());
  std::memcpy(out.data() + head.size(), tensor.raw(), tensor.bytes());
  return out;
}

}  // namespace reel
