// Tensor: an aligned buffer with a type. A handle: copies share the buffer, `clone` copies it.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/graph/shape.h"

namespace reel {

/// Cache-line aligned memory of at least `bytes` bytes (never null), not initialised, for what runs need beside
/// tensors: a step goes through all of a tile's values and sums, which are more small pages than a core remembers the
/// addresses of, so it lies in large ones where the system has them. Throws MemoryError, which tells `what` needs it,
/// for more than `machine_memory` or than the system gives: it promises more than there is, and ends the process that
/// uses it.
std::shared_ptr<std::byte[]> allocate(size_t bytes, std::string_view what);

/// Who uses a buffer at the moment (graph/run/parameter_use.h).
struct BufferUse {
  int32_t readers = 0, assigning_readers = 0;  ///< runs that read it; of them, those that assign to others
  bool has_assigner = false;                   ///< a run is in progress that will assign to it
  bool is_closed = false;                      ///< to readers: it is assigned to, or as soon as those before are done
};

/// Integers that a tensor does not hold as they are, but as i32.
template <class T>
concept OtherInteger = std::integral<T> && !std::same_as<T, bool> && !Element<T>;

/// What a tensor can be made of.
template <class T>
concept ElementSource = Element<T> || OtherInteger<T>;

/// A dense array in row-major order. Its shape is concrete: no symbolic rows. One that is empty, as `Tensor{}` is and
/// what has been moved from, has no elements and no memory; what would need them throws ValueError.
class Tensor {
 public:
  Tensor() = default;
  /// Uninitialised elements. As all that makes elements, it throws ShapeError for a symbolic shape, and MemoryError for
  /// more than `allocate` gives.
  Tensor(DType dtype, const Shape& shape);

  static Tensor zeros(const Shape& shape, DType dtype = DType::f32);
  static Tensor ones(const Shape& shape, DType dtype = DType::f32) { return full(shape, 1, dtype); }
  /// Throws ValueError for a value that i32 does not hold.
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  /// Elements in row-major order, of the type of the values. Throws ShapeError when their number is not the shape's
  /// size, and ValueError for an integer that i32 does not hold.
  template <Element T>
  static Tensor of(const Shape& shape, std::span<const T> values);
  template <OtherInteger T>
  static Tensor of(const Shape& shape, std::span<const T> values) {
    std::vector<int32_t> converted;
    converted.reserve(values.size());
    for (const T value : values) converted.push_back(to_i32(value));
    return of(shape, std::span<const int32_t>(converted));
  }
  template <ElementSource T>
  static Tensor of(const Shape& shape, const std::vector<T>& values) {
    return of(shape, std::span<const T>(values));
  }
  template <ElementSource T>
  static Tensor of(const Shape& shape, std::initializer_list<T> values) {
    return of(shape, std::span<const T>(values.begin(), values.size()));
  }
  /// One-axis tensor of the values.
  template <ElementSource T>
  static Tensor of(const std::vector<T>& values) {
    return of(Shape{static_cast<int64_t>(values.size())}, values);
  }
  template <ElementSource T>
  static Tensor of(std::initializer_list<T> values) {
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
  /// Of the buffer, which others may share. Null if it is empty.
  BufferUse* use() const;
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  /// Elements, and their bytes; none if it is empty.
  int64_t size() const { return buffer_ ? type_.shape.size() : 0; }
  size_t bytes() const { return buffer_ ? static_cast<size_t>(type_.bytes()) : 0; }

  std::byte* raw() { return data_; }
  const std::byte* raw() const { return data_; }
  /// The elements as T: float, double or int32_t. Throws ShapeError if that is not the tensor's element type.
  template <Element T>
  std::span<T> data() {
    if (dtype_of<T> != dtype()) refuse_data(dtype_of<T>);
    return {reinterpret_cast<T*>(data_), static_cast<size_t>(size())};
  }
  template <Element T>
  std::span<const T> data() const {
    if (dtype_of<T> != dtype()) refuse_data(dtype_of<T>);
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size())};
  }
  /// Element `i` in row-major order, whatever the element type. Throws ValueError if there is no such element.
  double at(int64_t i) const;
  /// The single element of a tensor of size one; throws ShapeError otherwise.
  double item() const;

  /// Rows [begin, end) of axis 0, sharing this buffer. Throws ValueError if it has no such rows, ShapeError for a
  /// scalar.
  Tensor slice_rows(int64_t begin, int64_t end) const;
  /// The same elements under another shape, sharing this buffer. Throws ShapeError if its size is another, or symbolic.
  Tensor reshaped(const Shape& shape) const;
  Tensor clone() const;
  /// Converted elements (values that the target cannot hold are the caller's to avoid).
  Tensor cast(DType dtype) const;
  /// Copies the elements of `source`, of the same type, into this buffer; throws ShapeError when types differ.
  void assign(const Tensor& source);

 private:
  template <OtherInteger T>
  static int32_t to_i32(T value) {
    const std::conditional_t<std::signed_integral<T>, int64_t, uint64_t> wide = value;
    if (!std::in_range<int32_t>(wide)) refuse_integer(std::to_string(wide));
    return static_cast<int32_t>(wide);
  }
  [[noreturn]] static void refuse_integer(const std::string& value);
  [[noreturn]] void refuse_data(DType asked) const;
  /// Throws ValueError, which begins with `what`, if it is empty.
  void require_any(std::string_view what) const;

  Type type_;
  std::shared_ptr<std::byte[]> buffer_;
  std::byte* data_ = nullptr;
};

}  // namespace reel
