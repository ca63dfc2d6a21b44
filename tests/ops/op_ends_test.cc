// NaN, and the ends of the ops' ranges.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("ops: NaN passes through maximum, minimum and their kin", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    Tape tape;
    const Var x = tape.parameter(Tensor::of<float>({3, 3}, {kNan, 1, 2, 1, kNan, 2, 1, 2, kNan}));
    const Var one = tape.constant(1.5);
    for (const Var& y :
         {maximum(x, one), maximum(one, x), minimum(x, one), minimum(one, x), relu(x), tanh(x), sign(x), x + one}) {
      INFO(y.graph().node(y).op->name());
      const Tensor value = value_of(y);
      for (int i = 0; i < 9; ++i) CHECK(std::isnan(value.at(i)) == (i % 4 == 0));
    }
    for (int i = 0; i < 3; ++i) CHECK(std::isnan(value_of(reduce_max(x)).at(i)));
    for (int i = 0; i < 9; ++i) {
      CHECK(value_of(not_equal(x, x)).at(i) == (i % 4 == 0));
      CHECK(value_of(equal(x, x)).at(i) == (i % 4 != 0));
      CHECK(value_of(where(x, one, -one)).at(i) == 1.5);  // NaN is not 0
    }
  }
}

/// argmax of x as one vector.
double argmax_of(const std::vector<float>& x, DType dtype = DType::f32) {
  Tape tape;
  const Tensor row = Tensor::of({1, static_cast<int64_t>(x.size())}, x);
  return value_of(argmax(tape.parameter(row.cast(dtype)))).at(0);
}

TEST_CASE("ops: argmax is the first of equals, wherever it stands", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    for (int64_t n = 1; n <= 40; ++n) {
      for (int64_t first = 0; first < n; ++first) {
        std::vector<float> values(static_cast<size_t>(n), -1.0f);
        for (int64_t i = first; i < n; i += 3) values[static_cast<size_t>(i)] = 2.0f;
        CHECK(argmax_of(values) == static_cast<double>(first));
      }
    }
  }
}

TEST_CASE("ops: argmax is the first NaN, if there is one, as in NumPy", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    for (const size_t n : {1, 2, 3, 7, 8, 16, 17, 40}) {
      for (size_t nan = 0; nan < n; ++nan) {
        INFO(n << " elements, NaN at " << nan);
        std::vector<float> values(n);
        for (size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i * 5 % n);
        values[nan] = values[n - 1] = kNan;
        CHECK(argmax_of(values) == static_cast<double>(nan));
        CHECK(argmax_of(values, DType::f64) == static_cast<double>(nan));
        values[n - 1] = std::numeric_limits<float>::infinity();
        CHECK(argmax_of(values) == static_cast<double>(nan));
      }
    }
  }
}

TEST_CASE("ops: the ends of the functions' ranges", "[ops]") {
  Tape tape;
  const auto at = [&](Var (*f)(Var), double x) { return value_of(f(tape.constant(x))).item(); };
  CHECK(at(sigmoid, 200) == 1);
  CHECK(at(softplus, 200) == 200);
  CHECK(at(softplus, -200) == 0);
  CHECK(at(tanh, 50) == Approx(1).epsilon(4e-7));
  CHECK(at(tanh, -50) == Approx(-1).epsilon(4e-7));
  CHECK(at(expm1, -200) == -1);
  CHECK(at(exp, -200) == 0);
  CHECK(at(log1p, 0) == 0);
  CHECK(at(erf, 10) == 1);
}

// Highway's Exp, Expm1, Log and Log1p leave these out, its Min and Max NaN on some targets. A NaN loss must be seen as
// one, so ours may not.
TEST_CASE("ops: functions overflow to infinity and know where they are not defined", "[ops]") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const auto at = [&](Var (*f)(Var), double x) { return value_of(f(tape.constant(x, dtype))).item(); };
    INFO(to_string(dtype));
    CHECK(std::isinf(at(exp, 2000)));
    CHECK(std::isinf(at(expm1, 2000)));
    CHECK(at(sigmoid, -2000) == 0);
    CHECK(at(softplus, 2000) == 2000);
    CHECK(at(log, 0) == -std::numeric_limits<double>::infinity());
    CHECK(at(log1p, -1) == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(at(log, -1)));
    CHECK(std::isnan(at(log1p, -2)));
    for (const int64_t target : runnable_targets()) {
      const OnTarget on(target);
      INFO(hwy::TargetName(target));
      for (Var (*f)(Var) : {exp, expm1, log, log1p, tanh, sigmoid, softplus, log_cosh, erf, erfc, sign, abs, sqrt,
                            square, relu, softsign, squareplus}) {
        CHECK(std::isnan(at(f, kNan)));
      }
      const Var nan = tape.constant(kNan, dtype);
      for (const double label : {0.0, 0.25, 1.0}) {
        INFO("label " << label);
        const Var t = tape.constant(label, dtype);
        CHECK(std::isnan(value_of(sigmoid_crossentropy(nan, t)).item()));
        CHECK(std::isnan(value_of(sigmoid_error(nan, t)).item()));
      }
    }
  }
}

}  // namespace
}  // namespace reel::testing
