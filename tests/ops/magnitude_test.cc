// A bound on magnitudes: what sums of floats cannot tell.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max(), kInf = std::numeric_limits<float>::infinity(),
                kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("ops: a bound on magnitudes is finite if and only if all elements are", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    for (const int64_t width : {1, 3, 16, 41}) {
      Tensor x = Tensor::full({50, width}, kLargest);
      Tape tape;
      const Var bound = magnitude_bound(tape.parameter(x));
      CHECK(bound.type() == Type{DType::f64, {}});
      CHECK(value_of(bound).item() == 50.0 * kLargest);
      for (int64_t at = 0; at < x.size(); at += 7) {
        INFO("row of " << width << ", element " << at);
        for (const float bad : {kInf, -kInf, kNan, -kNan}) {
          x.data<float>()[static_cast<size_t>(at)] = bad;
          CHECK(std::isnan(value_of(bound).item()) == std::isnan(bad));
          CHECK_FALSE(std::isfinite(value_of(bound).item()));
        }
        x.data<float>()[static_cast<size_t>(at)] = at % 2 == 0 ? kLargest : -kLargest;
      }
      CHECK(value_of(bound).item() == 50.0 * kLargest);
    }
  }
}

TEST_CASE("ops: a bound on magnitudes of what is empty, a number, or of doubles", "[ops]") {
  Tape tape;
  CHECK(value_of(magnitude_bound(tape.parameter(Tensor::zeros({3, 0})))).item() == 0);
  CHECK(value_of(magnitude_bound(tape.constant(-2.5))).item() == 2.5);
  const Var x = tape.parameter(Tensor::scalar(2));
  CHECK_THROWS_AS(tape.gradient(magnitude_bound(x), x), Error);
  CHECK(value_of(magnitude_bound(tape.parameter(Tensor::of<double>({2, 2}, {1, -1e200, 3, 2})))).item() == 1e200 + 3);
}

}  // namespace
}  // namespace reel::testing
