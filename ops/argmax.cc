// Which element of a row is the largest.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/argmax.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"
#include "reel/ops/reduce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template <class T>
bool has_nan(const T* x, int64_t count) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto found = hn::IsNaN(hn::Zero(d));
  int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= count; i += lanes) found = hn::Or(found, hn::IsNaN(hn::LoadU(d, x + i)));
  bool any = !hn::AllFalse(d, found);
  for (; i < count; ++i) any |= x[i] != x[i];
  return any;
}

/// Where the first NaN of x [n] is; n if there is none.
template <class T>
int64_t find_nan(const T* x, int64_t n) {
  int64_t i = 0;
  while (i < n && x[i] == x[i]) ++i;
  return i;
}

/// Where the largest of x [n] is, the first of equals. None is a NaN.
template <class T>
int64_t find_largest(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes) return std::max_element(x, x + n) - x;
  auto best = hn::Set(d, x[0]);
  const auto take = [&](int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    best = hn::IfThenElse(hn::Gt(v, best), v, best);
  };
  for (int64_t i = 0; i + lanes <= n; i += lanes) take(i);
  take(n - lanes);
  best = hn::Set(d, fold_lanes<MaxStep>(d, best));
  for (int64_t i = 0;; i = std::min(i + lanes, n - lanes)) {
    const intptr_t found = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, x + i), best));
    if (found >= 0) return i + found;
  }
}

/// The first NaN of each vector, if there is one. All are asked at once whether they have any: of short ones, which
/// have no whole vector, each by itself would take half as long again.
template <class T>
void argmax_typed(const Block& block) {
  const int64_t n = block.inputs[0].type->shape.back(), count = block.rows * block.type->shape.row_size();
  const T* x = block.in<T>(0);
  const bool may_have_nan = has_nan(x, count * n);
  for (int64_t i = 0; i < count; ++i, x += n) {
    const int64_t nan = may_have_nan ? find_nan(x, n) : n;
    block.out<int32_t>()[i] = static_cast<int32_t>(nan < n ? nan : find_largest(x, n));
  }
}

void argmax_kernel(const Block& block) {
  block.inputs[0].type->dtype == DType::f64 ? argmax_typed<double>(block) : argmax_typed<float>(block);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(argmax_kernel);

class Argmax final : public Op {
 public:
  std::string_view name() const override { return "argmax"; }
  Type infer(std::span<const Type> inputs) const override {
    if (inputs[0].dtype == DType::i32) throw ShapeError("argmax: needs a float type, got " + inputs[0].str());
    const Shape& x = inputs[0].shape;
    if (x.rank() < 2 || x.back() == 0)
      throw ShapeError(fmt::format("argmax: needs [..., n] with at least two axes, got {}", inputs[0].str()));
    if (x.back() > std::numeric_limits<int32_t>::max())
      throw ShapeError(fmt::format("argmax: i32 does not hold all indices of {}", inputs[0].str()));
    return {DType::i32, x.without_axis(x.rank() - 1)};
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(argmax_kernel)(block); }
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }
};

}  // namespace

Var argmax(Var x) { return apply_op(std::make_shared<Argmax>(), std::array{x}); }

}  // namespace reel
#endif  // HWY_ONCE
