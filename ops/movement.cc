// Ops that move or convert elements and compute nothing.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Elements after `axis`, in bytes.
size_t inner_bytes(const Type& type, int axis) {
  return static_cast<size_t>(type.shape.product(axis + 1, type.shape.rank())) * size_of(type.dtype);
}

/// Work is cut by rows, so no op cuts or joins them.
void refuse_rows(std::string_view op, int axis, const Type& x) {
  if (axis != 0) return;
  throw ShapeError(fmt::format("{}: goes along axis 1 or a later one, not along axis 0, got {}", op, x.str()));
}

/// Elements [begin, begin + size) along an axis; with `drop`, size is 1 and the axis goes.
class Slice final : public Op {
 public:
  Slice(int axis, int64_t begin, int64_t size, bool drop) : axis_(axis), begin_(begin), size_(size), drop_(drop) {}
  std::string_view name() const override { return drop_ ? "select" : "slice"; }
  std::string attributes() const override {
    return drop_ ? fmt::format("axis={}, index={}", axis_, begin_)
                 : fmt::format("axis={}, begin={}, size={}", axis_, begin_, size_);
  }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    refuse_rows(name(), axis_, inputs[0]);
    if (axis_ < 1 || axis_ >= x.rank() || begin_ < 0 || size_ < 1 || size_ > x[axis_] - begin_) {
      throw ShapeError(fmt::format("{}: {} is outside {}", name(), attributes(), inputs[0].str()));
    }
    return {inputs[0].dtype, drop_ ? x.without_axis(axis_) : x.with_axis(axis_, size_)};
  }

  Traits traits() const override { return {.strided = axis_ == 1}; }
  std::optional<int64_t> part_of_row(const Type& input) const override {
    return axis_ == 1 ? std::optional(begin_ * static_cast<int64_t>(inner_bytes(input, axis_))) : std::nullopt;
  }
  std::optional<int64_t> column() const override {
    return axis_ == 1 && size_ == 1 ? std::optional(begin_) : std::nullopt;
  }
  bool moves_blocks(int trailing, const Type& input) const override { return axis_ < input.shape.rank() - trailing; }

  void run(const Block& block) const override {
    const Type& x = *block.inputs[0].type;
    const size_t inner = inner_bytes(x, axis_), bytes = static_cast<size_t>(size_) * inner;
    const std::byte* from = block.inputs[0].data + static_cast<size_t>(begin_) * inner;
    const int64_t outer = block.rows * x.shape.product(1, axis_);
    const size_t step = static_cast<size_t>(x.shape[axis_]) * inner + static_cast<size_t>(block.inputs[0].gap);
    if (bytes == sizeof(int32_t)) return copy_words(from, step, block.output, outer);
    for (int64_t i = 0; i < outer; ++i)
      std::memcpy(block.output + static_cast<size_t>(i) * bytes, from + static_cast<size_t>(i) * step, bytes);
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override;

 private:
  static void copy_words(const std::byte* from, size_t step, std::byte* to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * 4, from + static_cast<size_t>(i) * step, 4);
  }

  int axis_;
  int64_t begin_, size_;
  bool drop_;
};

/// Parts one after the other along an axis.
class Concatenate final : public Op {
 public:
  explicit Concatenate(int axis) : axis_(axis) {}
  std::string_view name() const override { return "concatenate"; }
  Traits traits() const override { return {.strided = axis_ == 1}; }
  bool joins_rows() const override { return axis_ == 1; }
  std::string attributes() const override { return fmt::format("axis={}", axis_); }

  Type infer(std::span<const Type> inputs) const override {
    const Type& first = inputs[0];
    refuse_rows(name(), axis_, first);
    if (axis_ < 1 || axis_ >= first.shape.rank()) {
      throw ShapeError(fmt::format("concatenate: there is no axis {} to join {} along", axis_, first.str()));
    }
    int64_t total = 0;
    for (const Type& input : inputs) {
      const bool fits = input.dtype == first.dtype && input.shape.rank() == first.shape.rank() &&
                        input.shape.with_axis(axis_, 1) == first.shape.with_axis(axis_, 1);
      if (!fits) {
        throw ShapeError(
            fmt::format("concatenate: {} and {} differ in more than axis {}", first.str(), input.str(), axis_));
      }
      total += input.shape[axis_];
    }
    return {first.dtype, first.shape.with_axis(axis_, total)};
  }

  void run(const Block& block) const override {
    const Shape& y = block.type->shape;
    const size_t step = static_cast<size_t>(y[axis_]) * inner_bytes(*block.type, axis_);
    const int64_t outer = block.rows * y.product(1, axis_);
    std::byte* to = block.output;
    for (const Operand& input : block.inputs) {
      const size_t bytes = static_cast<size_t>(input.type->shape[axis_]) * inner_bytes(*input.type, axis_);
      const size_t input_step = bytes + static_cast<size_t>(input.gap);
      for (int64_t i = 0; i < outer; ++i)
        std::memcpy(to + static_cast<size_t>(i) * step, input.data + static_cast<size_t>(i) * input_step, bytes);
      to += bytes;
    }
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    std::vector<Var> adjoints;
    int64_t begin = 0;
    for (const Var& part : x) {
      const int64_t size = part.shape()[axis_];
      adjoints.push_back(slice(dy, axis_, begin, size));
      begin += size;
    }
    return adjoints;
  }

 private:
  int axis_;
};

/// The transpose of Slice: zeros, with the input added at [begin, begin + size). A sum of such is one buffer, in which
/// each adds its part.
class Place final : public Op {
 public:
  Place(int axis, int64_t begin, int64_t total, bool dropped)
      : axis_(axis), begin_(begin), total_(total), dropped_(dropped) {}
  std::string_view name() const override { return "place"; }
  std::string attributes() const override {
    return fmt::format("axis={}, begin={}, total={}{}", axis_, begin_, total_, dropped_ ? ", new_axis" : "");
  }
  Traits traits() const override { return {.accumulates = true}; }
  std::optional<Placement> placement(const Type& input) const override {
    if (dropped_) return std::nullopt;
    return Placement{axis_, begin_, input.shape[axis_], std::make_shared<Concatenate>(axis_)};
  }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (inputs[0].dtype == DType::i32)
      throw ShapeError(fmt::format("place: needs a float type, got {}", inputs[0].str()));
    return {inputs[0].dtype, dropped_ ? x.with_inserted(axis_, total_) : x.with_axis(axis_, total_)};
  }

  void run(const Block& block) const override {
    block.type->dtype == DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {dropped_ ? select(dy, axis_, begin_) : slice(dy, axis_, begin_, x[0].shape()[axis_])};
  }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    const Shape& y = block.type->shape;
    const int64_t inner = y.product(axis_ + 1, y.rank()), outer = block.rows * y.product(1, axis_);
    const int64_t part = block.inputs[0].type->shape.row_size() / y.product(1, axis_);
    const T* from = block.in<T>(0);
    T* to = block.out<T>() + begin_ * inner;
    for (int64_t i = 0; i < outer; ++i, from += part, to += total_ * inner) {
      for (int64_t j = 0; j < part; ++j) to[j] += from[j];
    }
  }

  int axis_;
  int64_t begin_, total_;
  bool dropped_;
};

std::vector<Var> Slice::gradient(std::span<const Var> x, Var, Var dy) const {
  return {apply_op(std::make_shared<Place>(axis_, begin_, x[0].shape()[axis_], drop_), std::array{dy})};
}

class Stack final : public Op {
 public:
  std::string_view name() const override { return "stack"; }
  Type infer(std::span<const Type> inputs) const override {
    for (const Type& input : inputs) {
      if (!(input == inputs[0]))
        throw ShapeError(fmt::format("stack: types differ, {} and {}", inputs[0].str(), input.str()));
    }
    if (inputs[0].shape.rank() == 0) throw ShapeError("stack: needs values with at least one axis, got scalars");
    return {inputs[0].dtype, inputs[0].shape.with_inserted(1, static_cast<int64_t>(inputs.size()))};
  }
  void run(const Block& block) const override {
    const size_t bytes = inner_bytes(*block.inputs[0].type, 0);
    std::byte* to = block.output;
    for (int64_t row = 0; row < block.rows; ++row) {
      for (const Operand& input : block.inputs) {
        std::memcpy(to, input.data + static_cast<size_t>(row) * bytes, bytes);
        to += bytes;
      }
    }
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    std::vector<Var> adjoints;
    for (size_t i = 0; i < x.size(); ++i) adjoints.push_back(select(dy, 1, static_cast<int64_t>(i)));
    return adjoints;
  }
};

class Reshape final : public Op {
 public:
  explicit Reshape(const Shape& shape) : shape_(shape) {}
  std::string_view name() const override { return "reshape"; }
  std::string attributes() const override { return shape_.str(); }
  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    const bool is_batch = x.has_rows() || shape_.has_rows();
    const bool fits =
        is_batch ? x.lead() == shape_.lead() && x.row_size() == shape_.row_size() : x.size() == shape_.size();
    if (!fits) {
      throw ShapeError(fmt::format("reshape: {} cannot become {}; the size differs, or that of a row of the batch",
                                   inputs[0].str(), shape_.str()));
    }
    return {inputs[0].dtype, shape_};
  }
  bool by_row(size_t, std::span<const Type> inputs, const Type&) const override { return keeps_rows(inputs[0].shape); }
  std::optional<int64_t> part_of_row(const Type& input) const override {
    return keeps_rows(input.shape) ? std::optional<int64_t>(0) : std::nullopt;
  }
  void run(const Block& block) const override {
    const size_t row_bytes = static_cast<size_t>(block.type->row_bytes());
    const bool cut = keeps_rows(block.inputs[0].type->shape);
    const std::byte* from = block.inputs[0].data + (cut ? 0 : static_cast<size_t>(block.first_row) * row_bytes);
    std::memcpy(block.output, from, static_cast<size_t>(block.rows) * row_bytes);
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override { return {reshape(dy, x[0].shape())}; }

 private:
  bool keeps_rows(const Shape& x) const { return x.lead() == shape_.lead() && x.rank() > 0 && shape_.rank() > 0; }

  Shape shape_;
};

class Cast final : public Op {
 public:
  explicit Cast(DType dtype) : dtype_(dtype) {}
  std::string_view name() const override { return "cast"; }
  std::string attributes() const override { return std::string(to_string(dtype_)); }
  Traits traits() const override { return {.elementwise = true, .finite_gradient = true}; }
  Type infer(std::span<const Type> inputs) const override { return {dtype_, inputs[0].shape}; }
  void run(const Block& block) const override {
    switch (block.inputs[0].type->dtype) {
      case DType::f32: return run_from<float>(block);
      case DType::f64: return run_from<double>(block);
      case DType::i32: return run_from<int32_t>(block);
    }
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    const bool flows = x[0].dtype() != DType::i32 && dtype_ != DType::i32;
    return {flows ? cast(dy, x[0].dtype()) : Var{}};
  }

 private:
  template <class From>
  void run_from(const Block& block) const {
    const int64_t count = block.rows * block.type->shape.row_size();
    const From* x = block.in<From>(0);
    switch (dtype_) {
      case DType::f32:
        std::transform(x, x + count, block.out<float>(), [](From v) { return static_cast<float>(v); });
        return;
      case DType::f64:
        std::transform(x, x + count, block.out<double>(), [](From v) { return static_cast<double>(v); });
        return;
      case DType::i32:
        if constexpr (std::is_floating_point_v<From>) check_integers(x, count);
        std::transform(x, x + count, block.out<int32_t>(), [](From v) { return static_cast<int32_t>(v); });
        return;
    }
  }

  /// An id that i32 cannot hold is told as it came, not as what a conversion would make of it.
  template <class From>
  static void check_integers(const From* x, int64_t count) {
    constexpr double kLeast = -2147483649.0, kMost = 2147483648.0;
    const auto fits = [=](From v) { return static_cast<double>(v) > kLeast && static_cast<double>(v) < kMost; };
    bool all_fit = true;
    for (int64_t i = 0; i < count; ++i) all_fit &= fits(x[i]);
    if (all_fit) return;
    const double bad = *std::find_if_not(x, x + count, fits);
    throw ValueError(fmt::format("cast: expected numbers that i32 can hold, up to 2147483647, got {}", bad));
  }

  DType dtype_;
};

class StopGradient final : public Op {
 public:
  std::string_view name() const override { return "stop_gradient"; }
  Traits traits() const override { return {.elementwise = true, .finite_gradient = true}; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override {
    std::memmove(block.output, block.inputs[0].data, static_cast<size_t>(block.rows * block.type->row_bytes()));
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }
};

/// Of an empty Var anything: the op that is applied to it refuses it.
int from_front(Var x, int axis) { return axis < 0 && x ? axis + x.shape().rank() : axis; }

/// Whether that is axis 0 of a value that is no batch: an axis like any other, of a single row.
bool is_lead(Var x, int axis) { return axis == 0 && x && x.shape().rank() > 0 && !x.shape().has_rows(); }

}  // namespace

Var slice(Var x, int axis, int64_t begin, int64_t size) {
  const int along = from_front(x, axis);
  if (is_lead(x, along)) return from_one_row(slice(as_one_row(x), 1, begin, size));
  return apply_op(std::make_shared<Slice>(along, begin, size, false), std::array{x});
}
Var select(Var x, int axis, int64_t index) {
  const int along = from_front(x, axis);
  if (is_lead(x, along)) return from_one_row(select(as_one_row(x), 1, index));
  return apply_op(std::make_shared<Slice>(along, index, 1, true), std::array{x});
}
std::vector<Var> split(Var x, int64_t parts, int axis) {
  const int along = from_front(x, axis);
  refuse_row_axis("split", x, along);
  if (along < 0 || along >= x.shape().rank() || parts < 1 || x.shape()[along] % parts != 0) {
    throw ShapeError(fmt::format("split: {} has no {} equal parts along axis {}", x.type().str(), parts, axis));
  }
  const int64_t size = x.shape()[along] / parts;
  std::vector<Var> made;
  for (int64_t i = 0; i < parts; ++i) made.push_back(slice(x, along, i * size, size));
  return made;
}
Var concatenate(std::span<const Var> values, int axis) {
  if (values.empty()) throw ShapeError("concatenate: needs at least one value");
  const int along = from_front(values[0], axis);
  if (std::ranges::all_of(values, [&](Var x) { return is_lead(x, along); })) {
    std::vector<Var> in_rows;
    std::ranges::transform(values, std::back_inserter(in_rows), as_one_row);
    return from_one_row(concatenate(in_rows, 1));
  }
  return apply_op(std::make_shared<Concatenate>(along), values);
}
Var stack(std::span<const Var> values, int axis) {
  if (values.empty()) throw ShapeError("stack: needs at least one value");
  if (axis == 1) return apply_op(std::make_shared<Stack>(), values);
  std::vector<Var> parts;
  for (const Var& x : values) {
    if (!(x.type() == values[0].type()))
      throw ShapeError(fmt::format("stack: types differ, {} and {}", values[0].type().str(), x.type().str()));
    parts.push_back(expand_dims(x, axis));
  }
  return concatenate(parts, axis);
}
Var reshape(Var x, const Shape& shape) {
  return x && x.shape() == shape ? x : apply_op(std::make_shared<Reshape>(shape), std::array{x});
}
Var cast(Var x, DType dtype) {
  return x && x.dtype() == dtype ? x : apply_op(std::make_shared<Cast>(dtype), std::array{x});
}
Var stop_gradient(Var x) { return apply_op(std::make_shared<StopGradient>(), std::array{x}); }

}  // namespace reel
