// Sums and maxima over axes, and sums of many values.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/reduce.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/ops.h"
#include "reel/ops/reduce-inl.h"
#include "reel/ops/reductions.h"

#ifndef REEL_OPS_REDUCE_ONCE
#define REEL_OPS_REDUCE_ONCE
namespace reel {

enum class Reduction : uint8_t { sum, max, min };

}  // namespace reel
#endif  // REEL_OPS_REDUCE_ONCE

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template <class Step, class T>
void reduce_typed(const Block& block, int axis) {
  const Shape& x = block.inputs[0].type->shape;
  const int64_t outer = block.rows * x.product(1, axis), n = x[axis], inner = x.product(axis + 1, x.rank());
  reduce_axis<Step>(block.in<T>(0), block.out<T>(), outer, n, inner);
}

/// Sums of i32 are those of their bits: they wrap around.
template <class Step, class Integer>
void reduce_by(const Block& block, int axis) {
  switch (block.type->dtype) {
    case DType::f32: return reduce_typed<Step, float>(block, axis);
    case DType::f64: return reduce_typed<Step, double>(block, axis);
    case DType::i32: return reduce_typed<Step, Integer>(block, axis);
  }
}

void reduce_kernel(const Block& block, int axis, Reduction reduction) {
  switch (reduction) {
    case Reduction::sum: return reduce_by<SumStep, uint32_t>(block, axis);
    case Reduction::max: return reduce_by<MaxStep, int32_t>(block, axis);
    case Reduction::min: return reduce_by<MinStep, int32_t>(block, axis);
  }
}

/// f(T{}, Sum{}) for the type of what is summed and that of the accumulator, which may be wider.
template <class F>
void with_sum_types(const Block& block, F&& f) {
  if (block.inputs[0].type->dtype == DType::f64) return f(double{}, double{});
  block.type->dtype == DType::f64 ? f(float{}, double{}) : f(float{}, float{});
}

/// y += sum over rows of the sum of each row; row by row, in double, so that the bits of an accumulator of doubles do
/// not depend on how rows are cut
template <class T, class Sum>
void sum_typed(const Block& block) {
  const int64_t n = block.inputs[0].type->shape.row_size();
  double total = static_cast<double>(*block.out<Sum>());
  for (int64_t row = 0; row < block.rows; ++row) {
    total += static_cast<double>(reduce_run<SumStep>(block.in<T>(0) + row * n, n));
  }
  *block.out<Sum>() = static_cast<Sum>(total);
}

void sum_kernel(const Block& block) {
  with_sum_types(block, [&](auto x, auto y) { sum_typed<decltype(x), decltype(y)>(block); });
}

struct LargerStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    return hn::Max(a, b);
  }
};

/// The largest |x|, or a NaN if there is one. As integers without their signs, floats are in order, NaN above infinity.
template <class T>
HWY_INLINE T largest_magnitude(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  const hn::RebindToSigned<decltype(d)> di;
  using Bits = hn::TFromD<decltype(di)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto magnitude = hn::Set(di, std::numeric_limits<Bits>::max());
  auto largest = hn::Zero(di);
  int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= n; i += lanes) {
    largest = hn::Max(largest, hn::And(magnitude, hn::BitCast(di, hn::LoadU(d, x + i))));
  }
  if (i < n) {
    const auto rest = hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(n - i)), d, x + i);
    largest = hn::Max(largest, hn::And(magnitude, hn::BitCast(di, rest)));
  }
  const Bits bits = fold_lanes<LargerStep>(di, largest);
  T value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// y += sum over rows of the largest magnitude of each row, in double
template <class T>
void magnitude_bound_typed(const Block& block) {
  const int64_t n = block.inputs[0].type->shape.row_size();
  double total = *block.out<double>();
  for (int64_t row = 0; row < block.rows; ++row) {
    total += static_cast<double>(largest_magnitude(block.in<T>(0) + row * n, n));
  }
  *block.out<double>() = total;
}

void magnitude_bound_kernel(const Block& block) {
  block.inputs[0].type->dtype == DType::f64 ? magnitude_bound_typed<double>(block)
                                            : magnitude_bound_typed<float>(block);
}

/// y [n] += sum over rows of x [rows, n]; in double, some columns at a time if the accumulator is narrower
template <class T, class Sum>
void sum_rows_typed(const Block& block) {
  const int64_t n = block.type->shape.size();
  if (n == 1) return sum_typed<T, Sum>(block);
  const T* x = block.in<T>(0);
  Sum* y = block.out<Sum>();
  if constexpr (sizeof(Sum) == sizeof(double)) {
    for (int64_t row = 0; row < block.rows; ++row) add_into(x + row * n, y, n);
  } else {
    constexpr int64_t kRun = 512;
    HWY_ALIGN double run[kRun];
    for (int64_t begin = 0; begin < n; begin += kRun) {
      const int64_t width = std::min(kRun, n - begin);
      std::copy_n(y + begin, width, run);
      for (int64_t row = 0; row < block.rows; ++row) add_into(x + row * n + begin, run, width);
      for (int64_t i = 0; i < width; ++i) y[begin + i] = static_cast<Sum>(run[i]);
    }
  }
}

void sum_rows_kernel(const Block& block) {
  with_sum_types(block, [&](auto x, auto y) { sum_rows_typed<decltype(x), decltype(y)>(block); });
}

/// y = x0 + x1 + ..., in order, as long as they are no more than a chain. The output may be the memory of one input:
/// a run of all inputs is read before that of the output is written.
template <class T>
void add_n_typed(const Block& block) {
  constexpr int64_t kRun = 256;
  const int64_t count = block.rows * block.type->shape.row_size(), inputs = static_cast<int64_t>(block.inputs.size());
  for (int64_t begin = 0; begin < count; begin += kRun) {
    const int64_t n = std::min(kRun, count - begin);
    BlockTree<SumStep, T, kRun> tree(n);
    for (int64_t first = 0; first < inputs; first += kChain) {
      T* run = tree.next();
      std::copy_n(block.in<T>(static_cast<size_t>(first)) + begin, n, run);
      for (int64_t i = first + 1; i < std::min(first + kChain, inputs); ++i) {
        step_into<SumStep>(block.in<T>(static_cast<size_t>(i)) + begin, run, n);
      }
      tree.join();
    }
    std::copy_n(tree.all(), n, block.out<T>() + begin);
  }
}

void add_n_kernel(const Block& block) {
  block.type->dtype == DType::f64 ? add_n_typed<double>(block) : add_n_typed<float>(block);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(reduce_kernel);
HWY_EXPORT(sum_kernel);
HWY_EXPORT(magnitude_bound_kernel);
HWY_EXPORT(sum_rows_kernel);
HWY_EXPORT(add_n_kernel);

void check_float(std::string_view op, const Type& type) {
  if (type.dtype == DType::i32) throw ShapeError(fmt::format("{}: needs a float type, got {}", op, type.str()));
}

/// Axis counted from the front, at least 1; the axis is dropped.
class Reduce final : public Op {
 public:
  Reduce(int axis, Reduction reduction) : axis_(axis), reduction_(reduction) {}
  std::string_view name() const override {
    switch (reduction_) {
      case Reduction::sum: return "reduce_sum";
      case Reduction::max: return "reduce_max";
      case Reduction::min: return "reduce_min";
    }
    return {};
  }
  std::string attributes() const override { return fmt::format("axis={}", axis_); }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (axis_ < 1 || axis_ >= x.rank()) {
      throw ShapeError(fmt::format("{}: axis {} of {}; axis 0 is summed by sum_rows", name(), axis_, inputs[0].str()));
    }
    if (x[axis_] == 0) throw ShapeError(fmt::format("{}: axis {} of {} is empty", name(), axis_, inputs[0].str()));
    return {inputs[0].dtype, x.without_axis(axis_)};
  }

  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return static_cast<double>(inputs[0].shape.row_size());
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(reduce_kernel)(block, axis_, reduction_); }

  /// Of a sum: dy to every element. Of a maximum or minimum: dy to that element, shared equally among ties.
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    const Shape& shape = x[0].shape();
    const auto spread = [&](Var v) { return broadcast_to(reshape(v, shape.with_axis(axis_, 1)), shape); };
    if (reduction_ == Reduction::sum) return {spread(dy)};
    const Var is_taken = equal(x[0], spread(y));
    return {spread(dy / reduce_sum(is_taken, axis_)) * is_taken};
  }

 private:
  int axis_;
  Reduction reduction_;
};

/// What sum_rows, sum and magnitude_bound have in common.
class SumOverRows : public Op {
 public:
  Traits traits() const override { return {.accumulates = true, .reduces_rows = true, .adds_to_doubles = true}; }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }
  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return static_cast<double>(inputs[0].shape.row_size());
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {broadcast_to(dy, x[0].shape())};
  }

 protected:
  void check(const Type& input) const {
    check_float(name(), input);
    if (input.shape.rank() == 0) throw ShapeError(fmt::format("{}: needs an axis to sum over, got a scalar", name()));
  }
};

class SumRows final : public SumOverRows {
 public:
  std::string_view name() const override { return "sum_rows"; }
  Type infer(std::span<const Type> inputs) const override {
    check(inputs[0]);
    return {inputs[0].dtype, inputs[0].shape.without_axis(0)};
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(sum_rows_kernel)(block); }
};

class Sum final : public SumOverRows {
 public:
  std::string_view name() const override { return "sum"; }
  Type infer(std::span<const Type> inputs) const override {
    check(inputs[0]);
    if (inputs[0].shape.row_size() == 0) throw ShapeError(fmt::format("sum: a row of {} is empty", inputs[0].str()));
    return {inputs[0].dtype, {}};
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(sum_kernel)(block); }
};

class MagnitudeBound final : public SumOverRows {
 public:
  std::string_view name() const override { return "magnitude_bound"; }
  Type infer(std::span<const Type> inputs) const override {
    check(inputs[0]);
    return {DType::f64, {}};
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(magnitude_bound_kernel)(block); }
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override { return Op::gradient(x, y, dy); }
};

class AddN final : public Op {
 public:
  std::string_view name() const override { return "add_n"; }
  Traits traits() const override { return {.elementwise = true, .sum = true, .finite_gradient = true}; }
  Type infer(std::span<const Type> inputs) const override {
    check_float(name(), inputs[0]);
    for (const Type& input : inputs) {
      if (!(input == inputs[0]))
        throw ShapeError(fmt::format("add_n: types differ, {} and {}", inputs[0].str(), input.str()));
    }
    return inputs[0];
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(add_n_kernel)(block); }
  double flops_per_row(std::span<const Type> inputs, const Type& output) const override {
    return static_cast<double>(output.shape.row_size()) * static_cast<double>(inputs.size() - 1);
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return std::vector<Var>(x.size(), dy);
  }
};

class RowCount final : public Op {
 public:
  explicit RowCount(DType dtype) : dtype_(dtype) {}
  std::string_view name() const override { return "row_count"; }
  std::string attributes() const override { return std::string(to_string(dtype_)); }
  Type infer(std::span<const Type>) const override {
    check_float(name(), {dtype_, {}});
    return {dtype_, {}};
  }
  void run(const Block& block) const override {
    if (dtype_ == DType::f64) {
      *block.out<double>() = static_cast<double>(block.batch_rows);
    } else {
      *block.out<float>() = static_cast<float>(block.batch_rows);
    }
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {}; }

 private:
  DType dtype_;
};

Var reduce(Var x, int axis, bool keepdims, Reduction reduction) {
  const int from_front = axis < 0 ? axis + x.shape().rank() : axis;
  if (from_front == 0 && !x.shape().has_rows() && x.shape().rank() > 0) {
    const Var y = reduce(as_one_row(x), 1, keepdims, reduction);
    return from_one_row(y);
  }
  const Var y = apply_op(std::make_shared<Reduce>(from_front, reduction), std::array{x});
  return keepdims ? reshape(y, x.shape().with_axis(from_front, 1)) : y;
}

}  // namespace

Var reduce_sum(Var x, int axis, bool keepdims) { return reduce(x, axis, keepdims, Reduction::sum); }
Var reduce_max(Var x, int axis, bool keepdims) { return reduce(x, axis, keepdims, Reduction::max); }
Var reduce_min(Var x, int axis, bool keepdims) { return reduce(x, axis, keepdims, Reduction::min); }
Var reduce_mean(Var x, int axis, bool keepdims) {
  const Var total = reduce_sum(x, axis, keepdims);
  return total / static_cast<double>(x.shape()[axis < 0 ? axis + x.shape().rank() : axis]);
}

Var sum_rows(Var x) { return apply_op(std::make_shared<SumRows>(), std::array{x}); }

Var sum(Var x) { return x && x.shape().rank() == 0 ? x : apply_op(std::make_shared<Sum>(), std::array{x}); }

Var mean(Var x) {
  if (!x.shape().has_rows()) return sum(x) / static_cast<double>(x.shape().size());
  return sum(x) / (row_count(x.graph(), x.dtype()) * static_cast<double>(x.shape().row_size()));
}

Var magnitude_bound(Var x) {
  const Var of_rows = x && x.shape().rank() == 0 ? reshape(x, {1}) : x;
  return apply_op(std::make_shared<MagnitudeBound>(), std::array{of_rows});
}

Var add_n(std::span<const Var> values) {
  if (values.empty()) throw ShapeError("add_n: needs at least one value");
  return values.size() == 1 && values[0] ? values[0] : apply_op(std::make_shared<AddN>(), values);
}

Var row_count(Graph& graph, DType dtype) { return graph.add(std::make_shared<RowCount>(dtype), {}); }

}  // namespace reel
#endif  // HWY_ONCE
