// Sums of very many numbers, against what they come to exactly.
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr double kClose = 1e-6;
/// Equal numbers are rounded the same way again and again: the worst that a sum may be given.
constexpr double kEqual[] = {0.1, 0.01, 0.7, 1.0 / 3, 3.3};

double in_type(double value, DType dtype) { return dtype == DType::f32 ? static_cast<float>(value) : value; }

/// Checks that every element of `y` is `expected`, within kClose of it.
void check_all_close(Var y, double expected) {
  const Tensor values = value_of(y);
  double furthest = expected;
  for (int64_t i = 0; i < values.size(); ++i) {
    if (std::abs(values.at(i) - expected) > std::abs(furthest - expected)) furthest = values.at(i);
  }
  INFO(y.type().str());
  CHECK(furthest == Approx(expected).epsilon(kClose));
}

/// Calls check(x, value) for tensors of equal numbers.
template <class F>
void for_equal_numbers(const Shape& shape, F&& check) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const double number : kEqual) {
      INFO(number << ", " << to_string(dtype) << " " << shape.str());
      Tape tape;
      check(tape.parameter(Tensor::full(shape, number, dtype)), in_type(number, dtype));
    }
  }
}

TEST_CASE("long sums: along a row", "[long_sums]") {
  for (const int64_t n : {513, 1000, 12345, 278528, 1000000}) {
    for_equal_numbers({1, n}, [&](Var x, double value) {
      check_all_close(reduce_sum(x), value * static_cast<double>(n));
      check_all_close(reduce_mean(x, 1, true), value);
      check_all_close(mean(square(x)), value * value);
    });
  }
}

TEST_CASE("long sums: along an axis within", "[long_sums]") {
  for (const Shape& shape : {Shape{2, 1000000, 3}, Shape{1, 40000, 130}, Shape{3, 33, 1000}, Shape{1, 5000, 2, 7}}) {
    for_equal_numbers(shape, [&](Var x, double value) {
      check_all_close(reduce_sum(x, 1), value * static_cast<double>(shape[1]));
      check_all_close(reduce_mean(x, 1, true), value);
    });
  }
}

TEST_CASE("long sums: over rows", "[long_sums]") {
  for (const Shape& shape : {Shape{4096}, Shape{10000000}, Shape{1000000, 3}, Shape{12345, 100}, Shape{40, 100}}) {
    for_equal_numbers(shape, [&](Var x, double value) {
      check_all_close(sum(x), value * static_cast<double>(shape.size()));
      check_all_close(mean(x), value);
      check_all_close(sum_rows(x), value * static_cast<double>(shape[0]));
    });
  }
}

TEST_CASE("long sums: of many values", "[long_sums]") {
  for_equal_numbers({3}, [](Var x, double value) {
    const Var total = add_n(std::vector<Var>(2000, x + 0.0));
    check_all_close(total, value * 2000);
  });
}

TEST_CASE("long sums: at one id", "[long_sums]") {
  for (const Shape& ids : {Shape{1, 1000000}, Shape{1000, 1000}, Shape{1000000}, Shape{50, 40}}) {
    for (const int64_t table_rows : {3, 5000}) {  // all rows of a frame begin as zeros, or marked ones
      for_equal_numbers({3}, [&](Var x, double value) {
        const Var updates = broadcast_to(x, ids.with_inserted(ids.rank(), 3));
        const Var y = scatter_add(x.graph().constant(Tensor::full(ids, 2, DType::i32)), updates, table_rows);
        const Var picked = gather(y, x.graph().constant(Tensor::full({1}, 2, DType::i32)));
        check_all_close(picked, value * static_cast<double>(ids.size()));
        check_all_close(sum(y), 3 * value * static_cast<double>(ids.size()));
      });
    }
  }
}

/// Each step of a sequence adds to the same sums.
TEST_CASE("long sums: over rows and many steps", "[long_sums]") {
  constexpr int64_t kRows = 50, kSteps = 1000;
  for (const double number : kEqual) {
    Tape tape;
    const Var bias = tape.parameter(Tensor::zeros({2})), table = tape.parameter(Tensor::zeros({3, 2}));
    const Var x = tape.input({rows, kSteps, 2}), ids = tape.input({rows, kSteps}, DType::i32);
    std::vector<Var> parts;
    for (int64_t t = 0; t < kSteps; ++t) {
      const Var step = select(x, 1, t);
      parts.push_back(sum(step * bias + step * gather(table, select(ids, 1, t))));
    }
    const std::vector<Var> gradients = tape.gradient(add_n(parts), {bias, table});
    Program program = tape.compile({.outputs = gradients, .inputs = {x, ids}});
    const std::vector<Tensor> values =
        program.run({Tensor::full({kRows, kSteps, 2}, number), Tensor::full({kRows, kSteps}, 1, DType::i32)});
    INFO(number);
    CHECK(values[0].at(1) == Approx(in_type(number, DType::f32) * kRows * kSteps).epsilon(kClose));
    CHECK(values[1].at(3) == Approx(in_type(number, DType::f32) * kRows * kSteps).epsilon(kClose));
  }
}

TEST_CASE("long sums: over the axes of a broadcast", "[long_sums]") {
  for_equal_numbers({4, 5000, 200}, [](Var x, double value) {
    check_all_close(sum_to(x, {4, 1, 200}), value * 5000);
    check_all_close(sum_to(x, {4, 1, 1}), value * 5000 * 200);
    check_all_close(sum_to(x, {4, 5000, 1}), value * 200);
    check_all_close(sum_to(x, {1, 1, 200}), value * 4 * 5000);
    check_all_close(sum_to(x, {200}), value * 4 * 5000);
  });
}

TEST_CASE("long sums: numbers of many sizes, and their variance", "[long_sums]") {
  constexpr int64_t kCount = 300000;
  Random random(3);
  std::vector<float> numbers(kCount);
  for (float& number : numbers) number = static_cast<float>(std::exp(2 * random.normal()));
  double total = 0, spread = 0;
  for (const float number : numbers) total += number;
  for (const float number : numbers) spread += (number - total / kCount) * (number - total / kCount);
  for (const Shape& shape : {Shape{1, kCount}, Shape{1, kCount, 1, 1}, Shape{1, 1, kCount}}) {
    Tape tape;
    const Var x = tape.parameter(Tensor::of(shape, numbers));
    const int axis = shape[1] == 1 ? 2 : 1;
    check_all_close(reduce_mean(x, axis), total / kCount);
    check_all_close(reduce_mean(square(x - reduce_mean(x, axis, true)), axis), spread / kCount);
  }
}

/// The bits of a sum of numbers of many sizes, on every target and for any cut into rows, without fused operations to
/// tell targets apart.
TEST_CASE("long sums: the same bits on every target, for any block of rows", "[long_sums]") {
  constexpr int64_t kRows = 7;
  for (const Shape& shape : {Shape{rows, 1}, Shape{rows, 511}, Shape{rows, 512}, Shape{rows, 513}, Shape{rows, 5000},
                             Shape{rows, 32, 5}, Shape{rows, 33, 5}, Shape{rows, 1000, 2}, Shape{rows, 300, 131}}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      Random random(5);
      Tensor values = Tensor::zeros(shape.with_lead(kRows), dtype);
      for (int64_t i = 0; i < values.size(); ++i) {
        const double value = std::exp(4 * random.normal()) * (random.below(2) ? 1 : -1);
        dtype == DType::f32 ? void(values.data<float>()[i] = float(value)) : void(values.data<double>()[i] = value);
      }
      Tape tape;
      const Var x = tape.input(shape, dtype), y = reduce_sum(x, 1);
      const auto run = [&](int64_t block) {
        return interpret(tape.graph(), std::span(&y, 1), {{x.id(), values}}, kRows, block)[y];
      };
      const Tensor first = run(0);
      for (const int64_t target : runnable_targets()) {
        const OnTarget on(target);
        INFO(hwy::TargetName(target) << ", " << to_string(dtype) << " " << shape.str());
        for (const int64_t block : {0, 1, 3}) CHECK(same_bits(run(block), first));
      }
    }
  }
}

}  // namespace
}  // namespace reel::testing
