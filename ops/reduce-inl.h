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

/// All of x [count], count > 0, into one.
template <class Step, class T>
HWY_INLINE T reduce_run(const T* x, int64_t count) {
  constexpr int64_t kParts = 16;
  if (count < kParts) {
    T all = x[0];
    for (int64_t i = 1; i < count; ++i) all = Step::scalar(all, x[i]);
    return all;
  }
  HWY_ALIGN T part[kParts];
  std::copy_n(x, kParts, part);
  int64_t i = kParts;
  for (; i + kParts <= count; i += kParts) step_into<Step>(x + i, part, kParts);
  for (int64_t j = 0; i < count; ++i, ++j) part[j] = Step::scalar(part[j], x[i]);
  for (int64_t half = kParts / 2; half > 0; half /= 2) {
    for (int64_t j = 0; j < half; ++j) part[j] = Step::scalar(part[j], part[j + half]);
  }
  return part[0];
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
