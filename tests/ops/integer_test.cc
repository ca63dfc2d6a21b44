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
constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();

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

TEST_CASE("ops: integers stand beside integers, and numbers beside them are whole", "[ops]") {
  Tape tape;
  const Var id = tape.constant(1, DType::i32);
  CHECK_THROWS_WITH(equal(id, tape.constant(1)), "equal: needs operands of one type, got i32[] and f32[]");
  CHECK_THROWS_WITH(id + tape.constant(1), "add: needs operands of one type, got i32[] and f32[]");
  CHECK_THROWS_WITH(id / id, "divide: needs operands of one float type, got i32[] and i32[]");
  CHECK_THROWS_WITH(id * 0.5, "multiply: 0.5 is no i32, which it stands beside; cast the other to a float type");
  CHECK_THROWS_AS(id + 3e9, ValueError);
  CHECK_THROWS_AS(maximum(id, std::numeric_limits<double>::quiet_NaN()), ValueError);
  CHECK_THROWS_AS(clip(id, 0.5, 2), ValueError);
  CHECK_THROWS_AS(pad(reshape(id, {1}), {{1, 0}}, 0.5), ValueError);
  CHECK(value_of(clip(id, -std::numeric_limits<double>::infinity(), 0)).item() == 0);
}

void check_values(Var y, const std::vector<int32_t>& expected) {
  INFO(y.graph().node(y).op->name());
  REQUIRE(y.dtype() == DType::i32);
  const Tensor value = value_of(y);
  REQUIRE(value.size() == static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) CHECK(value.data<int32_t>()[i] == expected[i]);
}

TEST_CASE("ops: integers are computed with as in NumPy", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    Tape tape;
    const auto parameter = [&](const std::vector<int32_t>& values) { return tape.parameter(Tensor::of(values)); };
    const Var a = parameter({7, -7, 7, -7, 6, kMost, kLeast, kBeyondFloat, 5}),
              b = parameter({3, 3, -3, -3, -3, 2, -1, kBeyondFloat, 0});
    // numpy.int32, whose divisions by zero give 0
    check_values(a + b, {10, -4, 4, -10, 3, kLeast + 1, kMost, 2 * kBeyondFloat, 5});
    check_values(a - b, {4, -10, 10, -4, 9, kMost - 2, kLeast + 1, 0, 5});
    check_values(a * b, {21, -21, -21, 21, -18, -2, kLeast, 33554433, 0});
    check_values(floor_divide(a, b), {2, -3, -3, 2, -2, 1073741823, kLeast, 1, 0});
    check_values(a % b, {1, 2, -2, -1, 0, 1, 0, 0, 0});
    check_values(maximum(a, b), {7, 3, 7, -3, 6, kMost, -1, kBeyondFloat, 5});
    check_values(minimum(a, b), {3, -7, -3, -7, -3, 2, kLeast, kBeyondFloat, 0});
    check_values(-a, {-7, 7, -7, 7, -6, -kMost, kLeast, -kBeyondFloat, -5});
    check_values(abs(a), {7, 7, 7, 7, 6, kMost, kLeast, kBeyondFloat, 5});
    check_values(sign(b), {1, 1, -1, -1, -1, 1, -1, 1, 0});
    check_values(square(b), {9, 9, 9, 9, 9, 4, 1, 33554433, 0});
    check_values(clip(a, -6, 6), {6, -6, 6, -6, 6, 6, -6, 6, 5});
    check_values(a * 2 + 1 - b, {12, -16, 18, -10, 16, -3, 2, kBeyondFloat + 1, 11});
    check_values(where(a > b, a, b), {7, 3, 7, -3, 6, kMost, -1, kBeyondFloat, 5});
    check_values(where(b, a, 1), {7, -7, 7, -7, 6, kMost, kLeast, kBeyondFloat, 1});
  }
}

TEST_CASE("ops: integers are summed, moved and put in order", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    Tape tape;
    const Var x = tape.parameter(Tensor::of<int32_t>({2, 3}, {kMost, 1, kBeyondFloat, 5, -2, 5}));
    check_values(sum(x, 1), {kLeast + kBeyondFloat, 8});
    check_values(sum(x, 0), {kLeast + 4, -1, kBeyondFloat + 5});
    check_values(max(x), {kMost});
    check_values(min(x, {0, 1}, true), {-2});
    check_values(prod(x, 1), {kMost - kBeyondFloat + 1, -50});
    check_values(cumsum(x), {kMost, kLeast, kLeast + kBeyondFloat, 5, 3, 8});
    check_values(sort(x), {1, kBeyondFloat, kMost, -2, 5, 5});
    check_values(argsort(x), {1, 2, 0, 1, 0, 2});
    check_values(argmax(x, 1), {0, 0});
    check_values(argmin(x, 0), {1, 1, 1});
    check_values(top_k(x, 2).indices, {0, 2, 0, 2});
    check_values(transpose(x), {kMost, 5, 1, -2, kBeyondFloat, 5});
    check_values(flip(x, 1), {kBeyondFloat, 1, kMost, 5, -2, 5});
    check_values(pad(x, {{0, 0}, {1, 0}}, kBeyondFloat),
                 {kBeyondFloat, kMost, 1, kBeyondFloat, kBeyondFloat, 5, -2, 5});
    check_values(repeat(select(x, 0, 1), 2, 0), {5, 5, -2, -2, 5, 5});
    check_values(diff(x), {kLeast + 2, kBeyondFloat - 1, -7, 7});
  }
}

TEST_CASE("ops: integers picked from a table add to others", "[ops]") {
  Tape tape;
  const Var table = tape.parameter(Tensor::of<int32_t>({3, 2}, {1, 2, 3, 4, kBeyondFloat, 6}));
  const Var ids = tape.parameter(Tensor::of<int32_t>({2}, {2, 0}));
  check_values(gather(table, ids) + tape.parameter(Tensor::of<int32_t>({2}, {10, 20})),
               {kBeyondFloat + 10, 26, 11, 22});
}

}  // namespace
}  // namespace reel::testing
