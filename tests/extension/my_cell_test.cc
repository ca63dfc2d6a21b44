// A recurrence written elsewhere, with plain slices, is differentiated like our gated ones.
#include <catch2/catch.hpp>

#include "reel/autodiff/check_gradients.h"
#include "reel/graph/print.h"
#include "reel/models/layers/recurrent.h"

namespace reel {
namespace {

constexpr int64_t kUnits = 4;

/// A minimal gated unit (Zhou et al. 2016) with a gate of one number for all units: f = s(x K_f), h' = h + f (n - h).
class MinimalCell final : public Cell {
 public:
  std::string class_name() const override { return "Minimal"; }
  std::vector<int64_t> state_sizes() const override { return {kUnits}; }
  std::vector<Weight> weights(int64_t features) const override {
    return {{"kernel", {features, kUnits + 1}, "glorot_uniform"},
            {"recurrent_kernel", {kUnits, kUnits + 1}, "orthogonal"}};
  }
  std::vector<Var> step(Var x, const std::vector<Var>& states, const WeightVars& weights) const override {
    const Var h = states[0], z = matmul(x, weights[0]) + matmul(h, weights[1]);
    const Var f = sigmoid(slice(z, 1, 0, 1)), n = tanh(slice(z, 1, 1, kUnits));
    return {h + f * (n - h)};
  }
};

TEST_CASE("extension: the gates of a cell from elsewhere are put together in its gradient", "[extension]") {
  const RNN layer(std::make_shared<MinimalCell>());
  const auto loss = [&](Var sequence, std::span<const Var> weights) {
    return mean(square(layer.call({sequence}, {weights.begin(), weights.end()}).value));
  };
  const std::vector<Tensor> at{Tensor::randn({6, 3}, 1, DType::f64), Tensor::randn({3, kUnits + 1}, 2, DType::f64),
                               Tensor::randn({kUnits, kUnits + 1}, 3, DType::f64)};
  Tape tape;
  std::vector<Var> parameters;
  for (const Tensor& value : at) parameters.push_back(tape.parameter(value));
  const Var ids = tape.input({rows, 5}, DType::i32);
  const Var y = loss(gather(parameters[0], ids), std::span(parameters).subspan(1));
  const std::string text = to_text(tape.graph(), tape.gradient(y, parameters));
  CHECK(text.find("concatenate") != text.npos);
  CHECK(text.find("place") == text.npos);

  std::vector<Tensor> arguments = at;
  arguments.push_back(Tensor::of<int32_t>({2, 5}, {0, 1, 2, 3, 4, 0, 1, 5, 3, 2}));
  const auto checked = [&](Tape&, std::span<const Var> x) { return loss(gather(x[0], x[3]), x.subspan(1, 2)); };
  CHECK_NOTHROW(require_gradients(checked, arguments, {.order = 2}));
}

/// Gives as its states what it is told to.
class StrangeCell final : public Cell {
 public:
  StrangeCell(std::vector<int64_t> said, std::vector<int64_t> given)
      : said_(std::move(said)), given_(std::move(given)) {}
  std::string class_name() const override { return "Strange"; }
  std::vector<int64_t> state_sizes() const override { return said_; }
  std::vector<Weight> weights(int64_t) const override { return {}; }
  std::vector<Var> step(Var x, const std::vector<Var>&, const WeightVars&) const override {
    std::vector<Var> states;
    for (const int64_t size : given_) states.push_back(broadcast_to(sum(x), {rows, size}));
    return states;
  }

 private:
  std::vector<int64_t> said_, given_;
};

TEST_CASE("extension: a cell that gives other states than it has is told so", "[extension]") {
  Tape tape;
  const Var x = tape.input({rows, 3, 2});
  const auto call = [&](std::vector<int64_t> said, std::vector<int64_t> given) {
    RNN layer(std::make_shared<StrangeCell>(said, given));
    layer.build(x.type());
    return layer.call({x}, {}).value;
  };
  CHECK(call({4, 5}, {4, 5}).shape() == Shape{rows, 4});
  CHECK_THROWS_WITH(call({4, 5}, {4}), "Strange: a step must give 2 states, gave 1");
  CHECK_THROWS_WITH(call({4, 5}, {4, 6}), "Strange: a step must give state 1 as f32[rows, 5], gave f32[rows, 6]");
  CHECK_THROWS_WITH(call({}, {}), "Strange: a cell needs at least one state");
}

}  // namespace
}  // namespace reel
