// Tensor: an aligned buffer with a type. A handle: copies share the buffer, `clone` copies it.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/graph/nested.h"
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

/// Rows [begin, end); what is negative counts from the end.
struct RowRange {
  int64_t begin, end;
};

/// A dense array in row-major order. Its shape is concrete: no symbolic rows. One that is empty, as `Tensor{}` is and
/// what has been moved from, has no elements and no memory; what would need them throws ValueError.
class Tensor {
 public:
  Tensor() = default;
  /// Of nested vectors, arrays and spans of numbers: `Tensor x = std::vector<std::vector<float>>{{1, 2}, {3, 4}}`.
  /// Floats and doubles keep their type, integers and truths become i32. Throws ShapeError for parts of unequal
  /// lengths, ValueError for an integer that i32 does not hold.
  template <class R>
  requires(!std::same_as<R, Tensor> && Nested<R>) Tensor(const R& values) : Tensor(of(values)) {}
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
  static Tensor of(const Shape& shape, std::initializer_list<T> values) {
    return of(shape, std::span<const T>(values.begin(), values.size()));
  }
  template <ElementSource T>
  requires(!std::same_as<T, bool>) static Tensor of(const Shape& shape, const std::vector<T>& values) {
    return of(shape, std::span<const T>(values));
  }
  template <Nested R>
  static Tensor of(const Shape& shape, const R& values) {
    Flattened<typename NestedElement<R>::type> flat;
    flat.take(values);
    return of_flat(shape, flat);
  }
  template <ElementSource T>
  requires(!std::same_as<T, bool>) static Tensor of(const std::vector<T>& values) {
    return of(Shape{static_cast<int64_t>(values.size())}, values);
  }
  /// As many axes as ranges are nested: `Tensor::of({{1.0f, 2.0f}, {3.0f, 4.0f}})`.
  template <Nested R>
  static Tensor of(const R& values) {
    Flattened<typename NestedElement<R>::type> flat;
    flat.take(values);
    return of_flat(flat.shape(), flat);
  }
  template <ElementSource T>
  static Tensor of(std::initializer_list<T> values) {
    return of(Shape{static_cast<int64_t>(values.size())}, values);
  }
  template <ElementSource T>
  static Tensor of(std::initializer_list<std::initializer_list<T>> values) {
    return of<std::initializer_list<std::initializer_list<T>>>(values);
  }
  template <ElementSource T>
  static Tensor of(std::initializer_list<std::initializer_list<std::initializer_list<T>>> values) {
    return of<std::initializer_list<std::initializer_list<std::initializer_list<T>>>>(values);
  }
  /// Of numbers of several types, what holds them all: `Tensor::of({0, 0.5})` is of f64.
  static Tensor of(std::initializer_list<AnyNumber> values);
  static Tensor of(std::initializer_list<std::initializer_list<AnyNumber>> values);
  /// Elements that others own, in place of a copy, as long as they are there: `strides` tells how many elements lie
  /// between neighbours along each axis, row-major order if it is empty. Where the layout is another, as in Eigen's
  /// column-major matrices, the elements are copied. What Reel writes to the tensor, it writes there.
  template <Element T>
  static Tensor view(T* data, const Shape& shape, std::span<const int64_t> strides = {}) {
    return view(dtype_of<T>, reinterpret_cast<std::byte*>(data), shape, strides);
  }
  template <Element T>
  static Tensor view(T* data, const Shape& shape, std::initializer_list<int64_t> strides) {
    return view(data, shape, std::span(strides.begin(), strides.size()));
  }
  template <Element T>
  static Tensor view(std::span<T> elements) {
    return view(elements.data(), {static_cast<int64_t>(elements.size())});
  }
  static Tensor scalar(double value, DType dtype = DType::f32) { return full({}, value, dtype); }
  /// Independent standard-normal elements from Philox4x32-10 keyed by `seed`: the same on every machine.
  static Tensor randn(const Shape& shape, uint64_t seed, DType dtype = DType::f32);
  /// Independent elements, uniform on [low, high).
  static Tensor uniform(const Shape& shape, double low, double high, uint64_t seed, DType dtype = DType::f32);
  /// start, start + step, ... below stop (above, for a step below 0). Throws ValueError for a step of 0.
  static Tensor arange(double start, double stop, double step = 1, DType dtype = DType::f32);
  static Tensor arange(double stop) { return arange(0, stop); }
  /// `count` elements from start to stop, both included, equally far apart.
  static Tensor linspace(double start, double stop, int64_t count, DType dtype = DType::f32);
  /// 1 in the diagonal, 0 beside it: [n, n].
  static Tensor eye(int64_t n, DType dtype = DType::f32);

  explicit operator bool() const { return buffer_ != nullptr; }
  /// Whether another handle holds the same buffer.
  bool is_shared() const { return buffer_.use_count() > 1; }
  /// Of the buffer, which others may share. Null if it is empty.
  BufferUse* use() const;
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  /// Elements, and their bytes; none if it is empty.
  int ndim() const { return type_.shape.rank(); }
  int64_t size() const { return buffer_ ? type_.shape.size() : 0; }
  size_t bytes() const { return buffer_ ? static_cast<size_t>(type_.bytes()) : 0; }

  std::byte* raw() { return data_; }
  const std::byte* raw() const { return data_; }
  /// The elements as T: float, double or int32_t. Throws ShapeError if that is not the tensor's element type.
  template <class T>
  std::span<T> data() {
    require_element<T>();
    return {reinterpret_cast<T*>(data_), static_cast<size_t>(size())};
  }
  template <class T>
  std::span<const T> data() const {
    require_element<T>();
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size())};
  }
  /// All elements, each converted as by static_cast.
  template <class T>
  std::vector<T> to_vector() const {
    std::vector<T> all;
    all.reserve(static_cast<size_t>(size()));
    for (int64_t i = 0; i < size(); ++i) all.push_back(static_cast<T>(at(i)));
    return all;
  }
  /// Element `i` in row-major order, whatever the element type. Throws ValueError if there is no such element.
  double at(int64_t i) const;
  /// The element at an index of each axis. Throws ShapeError for another number of them, ValueError as above.
  template <std::integral... I>
  double at(int64_t i, int64_t j, I... rest) const {
    const int64_t index[] = {i, j, static_cast<int64_t>(rest)...};
    return at_index(index);
  }
  /// The single element of a tensor of size one; throws ShapeError otherwise.
  double item() const;
  template <class T>
  requires std::is_arithmetic_v<T> &&(!std::same_as<T, bool>)explicit operator T() const {
    return static_cast<T>(item());
  }

  /// Row `i` of axis 0, without that axis, sharing this buffer; a negative one counts from the end. Throws as
  /// `slice_rows`.
  Tensor operator[](int64_t i) const;
  /// x[{1, 3}]: as `slice_rows`, but what is negative counts from the end.
  Tensor operator[](RowRange range) const;
  /// Rows of axis 0, one after the other.
  class RowIterator;
  RowIterator begin() const;
  RowIterator end() const;

  /// Rows [begin, end) of axis 0, sharing this buffer. Throws ValueError if it has no such rows, ShapeError for a
  /// scalar.
  Tensor slice_rows(int64_t begin, int64_t end) const;
  /// The same elements under another shape, sharing this buffer. Throws ShapeError if its size is another, or symbolic.
  Tensor reshaped(const Shape& shape) const;
  /// The same, where one extent may be -1: what is left.
  Tensor reshape(std::initializer_list<int64_t> extents) const;
  Tensor clone() const;
  /// Converted elements (values that the target cannot hold are the caller's to avoid).
  Tensor cast(DType dtype) const;
  /// Copies the elements of `source`, of the same type, into this buffer; throws ShapeError when types differ.
  void assign(const Tensor& source);

  /// The elements as NumPy prints an array, shortened where there are more than 1,000; "none" if it is empty.
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

 private:
  static Tensor view(DType dtype, std::byte* data, const Shape& shape, std::span<const int64_t> strides);
  template <class T>
  static Tensor of_flat(const Shape& shape, const Flattened<T>& flat) {
    if constexpr (std::same_as<T, bool>) {
      const std::vector<int32_t> numbers(flat.elements.begin(), flat.elements.end());
      return of(shape, std::span<const int32_t>(numbers));
    } else {
      return of(shape, std::span<const T>(flat.elements));
    }
  }
  template <class T>
  void require_element() const {
    constexpr bool is_element = Element<T>;
    static_assert(is_element, "data<T>(): elements are float, double or int32_t");
    if constexpr (is_element) {
      if (dtype_of<T> != dtype()) refuse_data(dtype_of<T>);
    }
  }
  double at_index(std::span<const int64_t> index) const;
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

class Tensor::RowIterator {
 public:
  using value_type = Tensor;
  using difference_type = std::ptrdiff_t;

  RowIterator() = default;
  RowIterator(Tensor all, int64_t row) : all_(std::move(all)), row_(row) {}
  Tensor operator*() const { return all_[row_]; }
  RowIterator& operator++() {
    ++row_;
    return *this;
  }
  RowIterator operator++(int) {
    RowIterator before = *this;
    ++row_;
    return before;
  }
  bool operator==(const RowIterator& other) const { return row_ == other.row_; }

 private:
  Tensor all_;
  int64_t row_ = 0;
};

inline Tensor::RowIterator Tensor::begin() const { return {*this, 0}; }
inline Tensor::RowIterator Tensor::end() const { return {*this, buffer_ ? shape().lead() : 0}; }

}  // namespace reel

// `size` counts elements, not rows.
template <>
inline constexpr bool std::ranges::disable_sized_range<reel::Tensor> = true;
