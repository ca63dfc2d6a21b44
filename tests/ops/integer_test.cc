// Indices are integers: floats leave numbers out from 2^24 on.
#include <catch2/catch.hpp>
#include <limits>

#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int32_t kBeyondFloat = (1 << 24) + 1;  // between two floats

TEST_CASE("ops: argmax is an integer, also beyond what a float holds", "[ops]") {
  Tape tape;
  const Tensor x = Tensor::zeros({1, 20'000'000});
  const Var index = argmax(tape.parameter(x));
  CHECK(index.dtype() == DType::i32);
  for (const float largest : {1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    Tensor(x).data<float>()[kBeyondFloat] = largest;
    CHECK(value_of(index).data<int32_t>()[0] == kBeyondFloat);
  }
  CHECK(argmax(tape.input({rows, 3, 5}, DType::f64, "x")).type() == Type{DType::i32, {rows, 3}});
}

TEST_CASE("ops: argmax of more elements than i32 counts is refused", "[ops]") {
  Tape tape;
  CHECK_THROWS_AS(argmax(tape.input({rows, int64_t{1} << 31}, DType::f32, "x")), ShapeError);
}

TEST_CASE("ops: integers are compared as such", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    Tape tape;
    constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();
    const Var a = tape.parameter(Tensor::of<int32_t>({4}, {kBeyondFloat, kLeast, kMost, -1})),
              b = tape.parameter(Tensor::of<int32_t>({4}, {kBeyondFloat - 1, kMost, kMost - 1, -1}));
    const auto check = [](Var y, const std::vector<double>& expected) {
      INFO(y.graph().node(y).op->name());
      CHECK(y.dtype() == DType::f32);
      for (int64_t i = 0; i < 4; ++i) CHECK(value_of(y).at(i) == expected[static_cast<size_t>(i)]);
    };
    check(equal(a, b), {0, 0, 0, 1});
    check(not_equal(a, b), {1, 1, 1, 0});
    check(greater(a, b), {1, 0, 1, 0});
    check(greater_equal(a, b), {1, 0, 1, 1});
  }
}

TEST_CASE("ops: integers are not compared with floats, and do not add", "[ops]") {
  Tape tape;
  const Var id = tape.constant(1, DType::i32);
  CHECK_THROWS_WITH(equal(id, tape.constant(1)), "equal: needs operands of one type, got i32[] and f32[]");
  CHECK_THROWS_WITH(id + id, "add: needs operands of one float type, got i32[] and i32[]");
}

}  // namespace
}  // namespace reel::testing
