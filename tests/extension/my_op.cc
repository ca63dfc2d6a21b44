#include "extension/my_op.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "extension/my_op.cc"
#include <hwy/foreach_target.h>

#include "reel/ops/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mine {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using reel::Var;

/// x / (1 + |x|); d = 1 / (1 + |x|)^2
struct Softsign {
  static constexpr std::string_view name = "mine.softsign";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::Div(x, hn::Add(hn::Set(d, hn::TFromD<D>(1)), hn::Abs(x)));
  }
  static Var gradient(Var x, Var, Var dy) { return dy / square(1.0 + abs(x)); }
};
REEL_KERNEL(Softsign)

/// y = sqrt(a^2 + b^2); d = (a da + b db) / y
struct Hypotenuse {
  static constexpr std::string_view name = "mine.hypotenuse";
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    return hn::Sqrt(hn::MulAdd(a, a, hn::Mul(b, b)));
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var y, Var dy) { return {dy * a / y, dy * b / y}; }
};
REEL_KERNEL(Hypotenuse)

}  // namespace HWY_NAMESPACE
}  // namespace mine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mine {
REEL_UNARY(softsign, Softsign)
REEL_BINARY(hypotenuse, Hypotenuse)
}  // namespace mine
#endif
