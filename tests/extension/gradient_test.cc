// What an op from elsewhere says of its gradient is taken as it is meant, or refused.
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/elementwise.h"

namespace reel {
namespace {

struct Unary {
  static Var gradient(Var, Var, Var dy) { return dy; }
};
struct Binary {
  static std::pair<Var, Var> gradient(Var, Var, Var, Var dy) { return {dy, dy}; }
};
struct General {
  static std::vector<Var> gradient(std::span<const Var> x, Var, Var dy, const Parameters&) {
    return std::vector<Var>(x.size(), dy);
  }
};
struct Forgotten {
  static constexpr std::string_view name = "mine.forgotten";
};
struct Steps {
  static constexpr std::string_view name = "mine.steps";
  static constexpr bool piecewise_constant = true;
};
struct WithoutOutput {
  static Var gradient(Var, Var dy) { return dy; }
};
struct WithoutParameters {
  static std::vector<Var> gradient(std::span<const Var>, Var, Var dy) { return {dy}; }
};
struct Overloaded {
  static Var gradient(Var dy) { return dy; }
  static Var gradient(Var, Var dy) { return dy; }
};
struct OfNumbers {
  static double gradient(double x) { return x; }
};

// What does not fit is an error of the compiler, and no missing gradient.
static_assert(GradientFits<Unary, 1> && !GradientFits<Unary, 2> && !GradientFits<Unary, 3>);
static_assert(GradientFits<Binary, 2> && !GradientFits<Binary, 1> && !GradientFits<Binary, 3>);
static_assert(GradientFits<General, 1> && GradientFits<General, 2> && GradientFits<General, 3>);
static_assert(GradientFits<Forgotten, 1> && GradientFits<Steps, 1> && GradientFits<Steps, 3>);
static_assert(!GradientFits<WithoutOutput, 1> && !GradientFits<WithoutParameters, 1> && !GradientFits<Overloaded, 1>);
static_assert(!GradientFits<OfNumbers, 1>);

using Adjoints = std::function<std::vector<Var>(std::span<const Var> x, Var dy)>;

/// Its first input, with whatever gradient.
class First final : public Op {
 public:
  explicit First(Adjoints adjoints) : adjoints_(std::move(adjoints)) {}
  std::string_view name() const override { return "mine.first"; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override {
    std::memcpy(block.output, block.inputs[0].data, static_cast<size_t>(block.rows * block.type->row_bytes()));
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override { return adjoints_(x, dy); }

 private:
  Adjoints adjoints_;
};

void differentiate(const Adjoints& adjoints) {
  Tape tape;
  const Var x = tape.input({rows, 2}), w = tape.parameter(Tensor::zeros({3}));
  const Graph::Scope scope(tape.graph(), "dense_1");
  tape.gradient(sum(tape.graph().add(std::make_shared<First>(adjoints), std::array{x, w})), std::array{x});
}

TEST_CASE("extension: adjoints that are not those of an op's inputs are refused", "[extension]") {
  using Inputs = std::span<const Var>;
  CHECK_NOTHROW(differentiate([](Inputs, Var dy) { return std::vector{dy, Var{}}; }));
  CHECK_NOTHROW(differentiate([](Inputs x, Var dy) { return std::vector{dy, x[1]}; }));
  const auto count = [](const std::string& given) {
    return "mine.first: its gradient must give an adjoint for each of 2 inputs, gave " + given +
           ", in layer \"dense_1\"";
  };
  CHECK_THROWS_WITH(differentiate([](Inputs, Var) { return std::vector<Var>{}; }), count("0"));
  CHECK_THROWS_WITH(differentiate([](Inputs, Var dy) { return std::vector{dy}; }), count("1"));
  CHECK_THROWS_WITH(differentiate([](Inputs, Var dy) { return std::vector{dy, Var{}, dy}; }), count("3"));
  CHECK_THROWS_WITH(differentiate([](Inputs, Var dy) {
                      return std::vector{sum(dy), Var{}};
                    }),
                    "mine.first: its gradient must give an adjoint f32[rows, 2] of input 0, gave f32[], in layer "
                    "\"dense_1\"");
  CHECK_THROWS_WITH(differentiate([](Inputs, Var dy) {
                      return std::vector{cast(dy, DType::f64), Var{}};
                    }),
                    Catch::Contains("adjoint f32[rows, 2] of input 0, gave f64[rows, 2]"));
  CHECK_THROWS_WITH(differentiate([](Inputs, Var dy) {
                      return std::vector{dy, sum_rows(dy)};
                    }),
                    Catch::Contains("adjoint f32[3] of input 1, gave f32[2]"));
  Tape other;
  const Var elsewhere = other.input({rows, 2});
  CHECK_THROWS_WITH(differentiate([&](Inputs, Var) {
                      return std::vector{elsewhere, Var{}};
                    }),
                    Catch::Contains("an adjoint of input 0 from another graph"));
}

TEST_CASE("extension: a gradient that a definition forgets is an error, and no zero", "[extension]") {
  Tape tape;
  const Var x = tape.input({rows, 2});
  const auto gradient_through = [&](OpPtr op) { return tape.gradient(sum(apply_op(std::move(op), std::array{x})), x); };
  const Graph::Scope scope(tape.graph(), "dense_1");
  CHECK_THROWS_WITH(gradient_through(std::make_shared<Elementwise<Forgotten, 1>>(nullptr, Parameters{})),
                    "mine.forgotten: has no gradient: its definition has no `gradient`, and does not say that it is "
                    "`piecewise_constant`, in layer \"dense_1\"");
  CHECK_NOTHROW(gradient_through(std::make_shared<Elementwise<Steps, 1>>(nullptr, Parameters{})));
}

TEST_CASE("extension: an elementwise op is given as many operands as its kernel takes", "[extension]") {
  Tape tape;
  const Var x = tape.input({rows, 2});
  const OpPtr op = tape.graph().node(x + 1.0).op;
  CHECK_THROWS_WITH(tape.graph().add(op, std::array{x}), "add: its kernel takes 2 operands, got 1");
  CHECK_THROWS_AS(tape.graph().add(op, std::array{x, x, x}), ShapeError);
}

}  // namespace
}  // namespace reel
