// Tensor: an aligned buffer with a type. A handle: copies share the buffer, `clone` copies it.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "reel/graph/shape.h"

namespace reel {

/// Cache-line aligned memory of at least `bytes` bytes (never null), not initialised.
std::shared_ptr<std::byte[]> allocate(size_t bytes);

/// A dense array in row-major order. Its shape is concrete: no symbolic rows.
class Tensor {
 public:
  Tensor() = default;
  /// Uninitialised elements. Throws ShapeError for a symbolic shape.
  Tensor(DType dtype, const Shape& shape);

  static Tensor zeros(const Shape& shape, DType dtype = DType::f32);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  /// Elements in row-major order. Throws ShapeError when their number is not the shape's size.
  template <class T>
  static Tensor of(const Shape& shape, std::span<const T> values);
  template <class T>
  static Tensor of(const Shape& shape, const std::vector<T>& values) {
    return of(shape, std::span<const T>(values));
  }
  /// One-axis tensor of the values.
  template <class T>
  static Tensor of(const std::vector<T>& values) {
    return of(Shape{static_cast<int64_t>(values.size())}, values);
  }
  static Tensor scalar(double value, DType dtype = DType::f32) { return full({}, value, dtype); }
  /// Independent standard-normal elements from Philox4x32-10 keyed by `seed`: the same on every machine.
  static Tensor randn(const Shape& shape, uint64_t seed, DType dtype = DType::f32);
  /// Independent elements, uniform on [low, high).
  static Tensor uniform(const Shape& shape, double low, double high, uint64_t seed, DType dtype = DType::f32);

  explicit operator bool() const { return buffer_ != nullptr; }
  /// Whether another handle holds the same buffer.
  bool is_shared() const { return buffer_.use_count() > 1; }
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  int64_t size() const { return type_.shape.size(); }
  size_t bytes() const { return static_cast<size_t>(type_.bytes()); }

  std::byte* raw() { return data_; }
  const std::byte* raw() const { return data_; }
  /// The elements as T, which must be the tensor's element type (float, double or int32_t).
  template <class T>
  std::span<T> data() {
    assert(dtype_of<T> == dtype());
    return {reinterpret_cast<T*>(data_), static_cast<size_t>(size())};
  }
  template <class T>
  std::span<const T> data() const {
    assert(dtype_of<T> == dtype());
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size())};
  }
  /// Element `i` in row-major order, whatever the element type.
  double at(int64_t i) const;
  /// The single element of a tensor of size one; throws ShapeError otherwise.
  double item() const;

  /// Rows [begin, end) of axis 0, sharing this buffer.
  Tensor slice_rows(int64_t begin, int64_t end) const;
  /// The same elements under another shape of the same size, sharing this buffer.
  Tensor reshaped(const Shape& shape) const;
  Tensor clone() const;
  /// Converted elements (values that the target cannot hold are the caller's to avoid).
  Tensor cast(DType dtype) const;
  /// Copies the elements of `source`, of the same type, into this buffer; throws ShapeError when types differ.
  void assign(const Tensor& source);

 private:
  Type type_;
  std::shared_ptr<std::byte[]> buffer_;
  std::byte* data_ = nullptr;
};

}  // namespace reel
