// Ops from elsewhere are tiled, differentiated, hoisted and checked like ours.
#include <catch2/catch.hpp>
#include <cmath>

#include "extension/my_op.h"
#include "graph/interpreter.h"
#include "ops/simd_targets.h"
#include "reel/autodiff/check_gradients.h"
#include "reel/graph/print.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/run/threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

TEST_CASE("extension: an elementwise op in twenty lines, on every target, in tiles", "[extension]") {
  const Tensor x = Tensor::randn({75, 13}, 1), b = Tensor::randn({13}, 2);
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    Tape tape;
    const Var in = tape.input({rows, 13});
    const auto out = tape.compile({mine::softsign(in), mine::hypotenuse(in, tape.parameter(b))}).run({x});
    for (int64_t i = 0; i < x.size(); ++i) {
      CHECK(out[0].at(i) == Approx(x.at(i) / (1 + std::fabs(x.at(i)))).epsilon(2e-7));
      CHECK(out[1].at(i) == Approx(std::hypot(x.at(i), b.at(i % 13))).epsilon(2e-7));
    }
  }
}

TEST_CASE("extension: kernels with a parameter, of one, two and three operands", "[extension]") {
  const Tensor x = Tensor::randn({75, 13}, 1), b = Tensor::randn({13}, 2);
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    Tape tape;
    const Var in = tape.input({rows, 13}), bias = tape.parameter(b);
    const auto out = tape.compile({mine::scaled(in, 2), mine::scaled(in, 3), mine::axpy(in, bias, 2),
                                   mine::scaled_product(in, in, bias, 3)})
                         .run({x});
    for (int64_t i = 0; i < x.size(); ++i) {
      CHECK(out[0].at(i) == 2 * x.at(i));
      CHECK(out[1].at(i) == Approx(3 * x.at(i)).epsilon(2e-7));
      CHECK(out[2].at(i) == Approx(2 * x.at(i) + b.at(i % 13)).epsilon(2e-7).margin(1e-6));
      CHECK(out[3].at(i) == Approx(3 * x.at(i) * x.at(i) + b.at(i % 13)).epsilon(2e-7).margin(1e-6));
    }
  }
}

TEST_CASE("extension: a general op, local to its rows, in tiles", "[extension]") {
  const Tensor x = Tensor::randn({75, 2, 5}, 1, DType::f64);
  Tape tape;
  const Tensor y = tape.compile({mine::running_sum(tape.input({rows, 2, 5}, DType::f64))}).run({x})[0];
  for (int64_t i = 0; i < x.size(); ++i) CHECK(y.at(i) == x.at(i) + (i % 5 == 0 ? 0 : y.at(i - 1)));
  CHECK_THROWS_WITH(mine::running_sum(tape.input({rows})), "running_sum: needs floats [..., n], got f32[rows]");
}

TEST_CASE("extension: their gradients pass check_gradients to second order", "[extension]") {
  using Arguments = std::span<const Var>;
  const std::vector<Tensor> at = {Tensor::uniform({3, 4}, 0.5, 2, 1), Tensor::uniform({4}, -2, -0.5, 2)};
  const GradientCheckOptions options{.order = 2};
  CHECK_NOTHROW(require_gradients([](Tape&, Arguments x) { return mine::softsign(x[0] * x[1]); }, at, options));
  CHECK_NOTHROW(require_gradients([](Tape&, Arguments x) { return mine::hypotenuse(x[0], x[1]); }, at, options));
  CHECK_NOTHROW(require_gradients([](Tape&, Arguments x) { return exp(mine::scaled(x[0] * x[1], 0.5)); }, at, options));
  CHECK_NOTHROW(require_gradients([](Tape&, Arguments x) { return exp(mine::axpy(x[0], x[1], 0.5)); }, at, options));
  const auto product = [](Tape&, Arguments x) { return mine::scaled_product(x[0], x[1], exp(x[0]), 0.5); };
  CHECK_NOTHROW(require_gradients(product, at, options));
  CHECK_NOTHROW(require_gradients([](Tape&, Arguments x) { return exp(mine::running_sum(x[0] * x[1])); }, at, options));
}

TEST_CASE("extension: they train in a program whose bits do not depend on the threads", "[extension]") {
  const Tensor x = Tensor::randn({300, 16}, 1), start = Tensor::randn({16, 16}, 2);
  std::vector<Tensor> weights;
  const int before = threads();
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    weights.push_back(start.clone());
    Tape tape;
    const Var in = tape.input({rows, 16}), w = tape.parameter(weights.back());
    const Var loss = mean(square(mine::running_sum(mine::softsign(matmul(in, w)))));
    Program step = tape.compile(Targets{.outputs = {loss}, .assignments = {{w, w - 0.1 * tape.gradient(loss, w)}}});
    const double first = step.run({x})[0].item();
    for (int i = 0; i < 5; ++i) step.run({x});
    CHECK(step.run({x})[0].item() < first);
    CHECK(same_bits(weights.back(), weights.front()));
  }
  set_threads(before);
}

TEST_CASE("extension: a vectorwise op from elsewhere is hoisted through a gather", "[extension]") {
  Tape tape;
  const Var ids = tape.input({rows, 4}, DType::i32), table = tape.parameter(Tensor::randn({6, 3}, 1));
  const Var y = mine::softsign(mine::running_sum(gather(table, ids)));
  Rewriting rewriting(tape.graph(), std::array{y});
  hoist_to_source(rewriting);
  const Var hoisted = rewriting.outputs()[0];
  CHECK(tape.graph().node(hoisted).op->name() == "gather");
  const Tensor batch = Tensor::of<int32_t>({2, 4}, {0, 1, 2, 3, 4, 5, 0, 5});
  const auto out = tape.compile({y, hoisted}).run({batch});
  CHECK(same_bits(out[0], out[1]));
}

/// Has the name of one of ours, and another meaning.
class NamedLikeOurs final : public Op {
 public:
  std::string_view name() const override { return "negative"; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override { *block.out<float>() = 7; }
};

TEST_CASE("extension: an op that happens to have the name of another stays itself", "[extension]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::scalar(3));
  const Var ours = negative(x), theirs = tape.graph().add(std::make_shared<NamedLikeOurs>(), std::array{x});
  CHECK_FALSE(ours == theirs);
  CHECK(value_of(ours).item() == -3);
  CHECK(value_of(theirs).item() == 7);
  CHECK(tape.graph().add(std::make_shared<NamedLikeOurs>(), std::array{x}) == theirs);
  CHECK_THROWS_WITH(tape.gradient(theirs, x), "negative: has no gradient");
}

}  // namespace
}  // namespace reel::testing
