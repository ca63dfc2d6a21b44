#include "reel/graph/tensor.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/graph/random.h"

namespace reel {
namespace {

constexpr std::align_val_t kAlignment{128}, kLargePage{size_t{2} << 20};

/// Memory that is not touched yet is to lie in large pages where the system has them. What is left beyond the last
/// whole one stays in small ones.
void prefer_large_pages(void* memory, size_t bytes) {
  const auto page = static_cast<size_t>(kLargePage);
  ::madvise(memory, bytes / page * page, MADV_HUGEPAGE);
}

/// Calls `f` with a typed null pointer, to name the C++ type of a DType.
template <class F>
decltype(auto) with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f64: return f(static_cast<double*>(nullptr));
    case DType::i32: return f(static_cast<int32_t*>(nullptr));
    default: return f(static_cast<float*>(nullptr));
  }
}

template <class F>
Tensor generate(const Shape& shape, DType dtype, F&& next) {
  Tensor out(dtype, shape);
  with_type(dtype, [&]<class T>(T*) {
    for (T& element : out.data<T>()) element = static_cast<T>(next());
  });
  return out;
}

/// Gives memory back, unless it is others'. What belongs to a buffer beside its bytes stands here, where all handles
/// find it.
struct Release {
  std::align_val_t alignment;
  bool is_ours = true;
  BufferUse use = {};

  void operator()(std::byte* memory) const {
    if (is_ours) ::operator delete[](memory, alignment);
  }
};

/// Null where `allocate` throws.
std::shared_ptr<std::byte[]> try_allocate(size_t bytes, std::align_val_t alignment = kAlignment) {
  if (bytes > machine_memory()) return nullptr;
  auto* memory = static_cast<std::byte*>(::operator new[](std::max<size_t>(bytes, 1), alignment, std::nothrow));
  if (memory == nullptr) return nullptr;
  if (alignment == kLargePage) prefer_large_pages(memory, bytes);
  return {memory, Release{alignment}};
}

/// Where the i-th element in row-major order lies, in elements.
int64_t offset_of(int64_t i, const Shape& shape, std::span<const int64_t> strides) {
  int64_t offset = 0;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    offset += i % shape[axis] * strides[static_cast<size_t>(axis)];
    i /= shape[axis];
  }
  return offset;
}

/// Whether elements with these strides lie in row-major order without gaps.
bool lies_in_order(const Shape& shape, std::span<const int64_t> strides) {
  if (strides.empty()) return true;
  int64_t expected = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] != 1 && strides[static_cast<size_t>(axis)] != expected) return shape.size() == 0;
    expected *= shape[axis];
  }
  return true;
}

}  // namespace

std::shared_ptr<std::byte[]> allocate(size_t bytes, std::string_view what) {
  auto memory = try_allocate(bytes, bytes < static_cast<size_t>(kLargePage) ? kAlignment : kLargePage);
  if (!memory) refuse_memory(bytes, what);
  return memory;
}

Tensor::Tensor(DType dtype, const Shape& shape) : type_{dtype, shape} {
  if (shape.has_rows()) throw ShapeError(fmt::format("tensor: a tensor needs a concrete shape, got {}", shape.str()));
  const auto bytes = static_cast<size_t>(type_.bytes());
  buffer_ = try_allocate(bytes);
  if (!buffer_) refuse_memory(bytes, type_.str());
  data_ = buffer_.get();
}

BufferUse* Tensor::use() const {
  auto* release = std::get_deleter<Release>(buffer_);
  return release != nullptr ? &release->use : nullptr;
}

Tensor Tensor::zeros(const Shape& shape, DType dtype) {
  Tensor out(dtype, shape);
  std::memset(out.raw(), 0, out.bytes());
  return out;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  if (dtype == DType::i32 && !(value > -0x1p31 - 1 && value < 0x1p31)) refuse_integer(fmt::to_string(value));
  return generate(shape, dtype, [&] { return value; });
}

template <Element T>
Tensor Tensor::of(const Shape& shape, std::span<const T> values) {
  Tensor out(dtype_of<T>, shape);
  if (out.size() != static_cast<int64_t>(values.size())) {
    throw ShapeError(fmt::format("tensor: shape {} needs {} values, got {}", shape.str(), out.size(), values.size()));
  }
  std::copy(values.begin(), values.end(), out.data<T>().begin());
  return out;
}
namespace {

Tensor of_any(const Flattened<AnyNumber>& flat) {
  DType dtype = DType::i32;
  for (const AnyNumber& number : flat.elements) {
    if (number.dtype == DType::f64 || dtype == DType::i32) dtype = number.dtype;
  }
  size_t i = 0;
  return generate(flat.shape(), dtype, [&] { return flat.elements[i++].value; });
}

}  // namespace

Tensor Tensor::of(std::initializer_list<AnyNumber> values) {
  Flattened<AnyNumber> flat;
  flat.take(values);
  return of_any(flat);
}

Tensor Tensor::of(std::initializer_list<std::initializer_list<AnyNumber>> values) {
  Flattened<AnyNumber> flat;
  flat.take(values);
  return of_any(flat);
}

template Tensor Tensor::of<float>(const Shape&, std::span<const float>);
template Tensor Tensor::of<double>(const Shape&, std::span<const double>);
template Tensor Tensor::of<int32_t>(const Shape&, std::span<const int32_t>);

Tensor Tensor::randn(const Shape& shape, uint64_t seed, DType dtype) {
  if (dtype == DType::i32) throw ValueError("randn: expected a float type, got i32");
  Random random(seed);
  return generate(shape, dtype, [&] { return random.normal(); });
}

Tensor Tensor::uniform(const Shape& shape, double low, double high, uint64_t seed, DType dtype) {
  if (!(low <= high) || !std::isfinite(high - low)) {
    throw ValueError(fmt::format("uniform: expected finite bounds, low <= high, got {} and {}", low, high));
  }
  Random random(seed);
  return generate(shape, dtype, [&] { return low + (high - low) * random.uniform(); });
}

Tensor Tensor::arange(double start, double stop, double step, DType dtype) {
  if (step == 0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step)) {
    throw ValueError(
        fmt::format("arange: expected finite numbers and a step that is not 0, got {}, {} and {}", start, stop, step));
  }
  const auto count = static_cast<int64_t>(std::clamp(std::ceil((stop - start) / step), 0.0, 0x1p52));
  int64_t i = 0;
  return generate({count}, dtype, [&] { return start + step * static_cast<double>(i++); });
}

Tensor Tensor::linspace(double start, double stop, int64_t count, DType dtype) {
  if (count < 0) throw ValueError(fmt::format("linspace: expected a number of elements, got {}", count));
  int64_t i = 0;
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  return generate({count}, dtype, [&] {
    const double at = i + 1 == count && count > 1 ? stop : start + step * static_cast<double>(i);
    ++i;
    return at;
  });
}

Tensor Tensor::eye(int64_t n, DType dtype) {
  int64_t i = 0;
  return generate({n, n}, dtype, [&] { return i++ % (n + 1) == 0 ? 1 : 0; });
}

Tensor Tensor::view(DType dtype, std::byte* data, const Shape& shape, std::span<const int64_t> strides) {
  if (shape.has_rows()) throw ShapeError(fmt::format("view: a tensor needs a concrete shape, got {}", shape.str()));
  if (!strides.empty() && strides.size() != static_cast<size_t>(shape.rank())) {
    throw ShapeError(fmt::format("view: {} needs a stride for each axis, got {}", shape.str(), strides.size()));
  }
  if (data == nullptr && shape.size() > 0) throw ValueError(fmt::format("view: no memory for {}", shape.str()));
  if (lies_in_order(shape, strides)) {
    Tensor out;
    out.type_ = {dtype, shape};
    out.buffer_ = {data, Release{.alignment = kAlignment, .is_ours = false}};
    out.data_ = data;
    return out;
  }
  Tensor out(dtype, shape);
  with_type(dtype, [&]<class T>(T*) {
    const std::span<T> elements = out.data<T>();
    for (int64_t i = 0; i < out.size(); ++i) {
      elements[static_cast<size_t>(i)] = reinterpret_cast<const T*>(data)[offset_of(i, shape, strides)];
    }
  });
  return out;
}

void Tensor::refuse_integer(const std::string& value) {
  throw ValueError(fmt::format("tensor: {} does not fit in i32, the only integer type", value));
}

void Tensor::refuse_data(DType asked) const {
  throw ShapeError(
      fmt::format("data: the tensor is {}, its elements cannot be had as {}", type().str(), to_string(asked)));
}

void Tensor::require_any(std::string_view what) const {
  if (!buffer_) throw ValueError(fmt::format("{}: the tensor is empty", what));
}

double Tensor::at(int64_t i) const {
  require_any("at");
  if (i < 0 || i >= size()) {
    throw ValueError(fmt::format("at: there is no element {} in {}, which has {}", i, type().str(), size()));
  }
  return with_type(dtype(), [&]<class T>(T*) { return static_cast<double>(data<T>()[i]); });
}

double Tensor::at_index(std::span<const int64_t> index) const {
  require_any("at");
  if (index.size() != static_cast<size_t>(ndim())) {
    throw ShapeError(fmt::format("at: {} needs an index for each axis, got {}", type().str(), index.size()));
  }
  int64_t flat = 0;
  for (int axis = 0; axis < ndim(); ++axis) {
    const int64_t i = index[static_cast<size_t>(axis)];
    if (i < 0 || i >= shape()[axis]) {
      throw ValueError(fmt::format("at: axis {} of {} has no index {}", axis, type().str(), i));
    }
    flat = flat * shape()[axis] + i;
  }
  return at(flat);
}

double Tensor::item() const {
  require_any("item");
  if (size() != 1) throw ShapeError(fmt::format("item: needs a tensor of one element, got {}", shape().str()));
  return at(0);
}

Tensor Tensor::slice_rows(int64_t begin, int64_t end) const {
  require_any("slice_rows");
  if (shape().rank() == 0) throw ShapeError(fmt::format("slice_rows: {} has no axis of rows", type().str()));
  if (begin < 0 || begin > end || end > shape()[0]) {
    throw ValueError(fmt::format("slice_rows: {} has no rows [{}, {})", type().str(), begin, end));
  }
  Tensor out = *this;
  out.type_.shape = shape().with_lead(end - begin);
  out.data_ = data_ + begin * type_.row_bytes();
  return out;
}

Tensor Tensor::operator[](RowRange range) const {
  require_any("x[{begin, end}]");
  const auto from_start = [&](int64_t i) { return i < 0 ? i + shape().lead() : i; };
  return slice_rows(from_start(range.begin), from_start(range.end));
}

Tensor Tensor::operator[](int64_t i) const {
  require_any("x[i]");
  if (ndim() == 0 || i < -shape()[0] || i >= shape()[0]) {
    throw ValueError(fmt::format("x[i]: {} has no row {}", type().str(), i));
  }
  const int64_t row = i < 0 ? i + shape()[0] : i;
  Tensor out = slice_rows(row, row + 1);
  out.type_.shape = shape().without_axis(0);
  return out;
}

Tensor Tensor::reshape(std::initializer_list<int64_t> extents) const {
  require_any("reshape");
  int64_t known = 1;
  for (const int64_t extent : extents) known *= extent == -1 ? 1 : extent;
  std::vector<int64_t> dims;
  for (const int64_t extent : extents) dims.push_back(extent == -1 && known > 0 ? size() / known : extent);
  return reshaped(Shape(dims));
}

Tensor Tensor::reshaped(const Shape& shape) const {
  require_any("reshape");
  if (shape.has_rows()) throw ShapeError(fmt::format("reshape: a tensor needs a concrete shape, got {}", shape.str()));
  if (shape.size() != size()) {
    throw ShapeError(
        fmt::format("reshape: {} has {} elements, {} has {}", this->shape().str(), size(), shape.str(), shape.size()));
  }
  Tensor out = *this;
  out.type_.shape = shape;
  return out;
}

Tensor Tensor::clone() const {
  require_any("clone");
  Tensor out(dtype(), shape());
  std::memcpy(out.raw(), raw(), bytes());
  return out;
}

Tensor Tensor::cast(DType dtype) const {
  require_any("cast");
  Tensor out(dtype, shape());
  with_type(this->dtype(), [&]<class From>(From*) {
    with_type(dtype, [&]<class To>(To*) {
      const std::span<const From> from = data<From>();
      std::transform(from.begin(), from.end(), out.data<To>().begin(), [](From v) { return static_cast<To>(v); });
    });
  });
  return out;
}

void Tensor::assign(const Tensor& source) {
  require_any("assign");
  source.require_any("assign");
  if (!(type() == source.type())) {
    throw ShapeError(fmt::format("assign: {} cannot take {}", type().str(), source.type().str()));
  }
  std::memcpy(raw(), source.raw(), bytes());
}

}  // namespace reel
