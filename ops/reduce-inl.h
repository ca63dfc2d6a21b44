// Sums and maxima. A sum along contiguous elements goes to sixteen partial sums, element i to sum i mod 16, which are
// then folded in halves: the same bits for every vector width. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>

#if defined(REEL_OPS_REDUCE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_REDUCE_INL
#undef REEL_OPS_REDUCE_INL
#else
#define REEL_OPS_REDUCE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct SumStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    return hn::Add(a, b);
  }
  template <class T>
  static T scalar(T a, T b) {
    return a + b;
  }
};

/// A NaN in either operand stays.
struct MaxStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  }
  template <class T>
  static T scalar(T a, T b) {
    return a > b || a != a ? a : b;
  }
};

/// y[i] = step(y[i], x[i])
template <class Step, class T>
HWY_INLINE void step_into(const T* x, T* y, int64_t count) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= count; i += lanes) hn::StoreU(Step::vector(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  for (; i < count; ++i) y[i] = Step::scalar(y[i], x[i]);
}

/// The lanes of v into one, folded in halves.
template <class Step, class D>
HWY_INLINE hn::TFromD<D> fold_lanes([[maybe_unused]] D d, hn::Vec<D> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return fold_lanes<Step>(half, Step::vector(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
#endif
  return hn::GetLane(v);
}

/// All of x [count], count > 0, into one.
template <class Step, class T>
HWY_INLINE T reduce_run(const T* x, int64_t count) {
  constexpr int64_t kParts = 16;
  if (count < kParts) {
    T all = x[0];
    for (int64_t i = 1; i < count; ++i) all = Step::scalar(all, x[i]);
    return all;
  }
  const hn::CappedTag<T, kParts> d;
  constexpr int64_t kLanes = hn::MaxLanes(d), kVectors = kParts / kLanes;
  hn::Vec<decltype(d)> part[kVectors];
  for (int64_t v = 0; v < kVectors; ++v) part[v] = hn::LoadU(d, x + v * kLanes);
  int64_t i = kParts;
  for (; i + kParts <= count; i += kParts) {
    for (int64_t v = 0; v < kVectors; ++v) part[v] = Step::vector(part[v], hn::LoadU(d, x + i + v * kLanes));
  }
  for (int64_t v = 0; i < count; ++v, i += kLanes) {
    const auto taken = hn::FirstN(d, static_cast<size_t>(std::min(kLanes, count - i)));
    part[v] = hn::IfThenElse(taken, Step::vector(part[v], hn::MaskedLoad(taken, d, x + i)), part[v]);
  }
  for (int64_t half = kVectors / 2; half > 0; half /= 2) {
    for (int64_t v = 0; v < half; ++v) part[v] = Step::vector(part[v], part[v + half]);
  }
  return fold_lanes<Step>(d, part[0]);
}

/// x [outer, n, inner] -> y [outer, inner]
template <class Step, class T>
void reduce_axis(const T* x, T* y, int64_t outer, int64_t n, int64_t inner) {
  for (int64_t o = 0; o < outer; ++o, x += n * inner, y += inner) {
    if (inner == 1) {
      *y = reduce_run<Step>(x, n);
      continue;
    }
    std::copy_n(x, inner, y);
    for (int64_t i = 1; i < n; ++i) step_into<Step>(x + i * inner, y, inner);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
