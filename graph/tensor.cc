#include "reel/graph/tensor.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
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

/// Gives memory back. What belongs to a buffer beside its bytes stands here, where all handles find it.
struct Release {
  std::align_val_t alignment;
  BufferUse use = {};

  void operator()(std::byte* memory) const { ::operator delete[](memory, alignment); }
};

/// Null where `allocate` throws.
std::shared_ptr<std::byte[]> try_allocate(size_t bytes, std::align_val_t alignment = kAlignment) {
  if (bytes > machine_memory()) return nullptr;
  auto* memory = static_cast<std::byte*>(::operator new[](std::max<size_t>(bytes, 1), alignment, std::nothrow));
  if (memory == nullptr) return nullptr;
  if (alignment == kLargePage) prefer_large_pages(memory, bytes);
  return {memory, Release{alignment}};
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
