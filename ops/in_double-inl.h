// Functions of floats that are computed in double and rounded once. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include "reel/ops/kernel_flags.h"

#if defined(REEL_OPS_IN_DOUBLE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_IN_DOUBLE_INL
#undef REEL_OPS_IN_DOUBLE_INL
#else
#define REEL_OPS_IN_DOUBLE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// f(d, x...) for doubles; of floats each half of the vectors as doubles, the result rounded.
template <class D, class F, class... V>
HWY_INLINE hn::Vec<D> in_double(D d, F&& f, V... x) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return f(d, x...);
  } else {
#if HWY_TARGET == HWY_SCALAR
    // Highway's conversion stops short of infinity.
    const hn::Rebind<double, D> wide;
    return hn::Set(d, static_cast<float>(hn::GetLane(f(wide, hn::PromoteTo(wide, x)...))));
#else
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const auto low = hn::DemoteTo(half, f(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x))...));
    const auto high = hn::DemoteTo(half, f(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x))...));
    return hn::Combine(d, high, low);
#endif
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
