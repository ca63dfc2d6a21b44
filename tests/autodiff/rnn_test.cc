// Derivatives through an unrolled SimpleRNN: gather, eight steps of matmul and tanh, mean of squares.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/autodiff/check_gradients.h"
#include "reel/graph/print.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr int kSteps = 8;
constexpr int64_t kWords = 11, kFeatures = 3, kUnits = 5, kRows = 70;

/// The loss of the model; weights are table [words, features], w [features, units], u [units, units], b [units].
Var rnn_loss(Var ids, std::span<const Var> weights) {
  const Var x = gather(weights[0], ids);  // [rows, steps, features]
  Var h;                                  // [rows, units]
  for (int t = 0; t < kSteps; ++t) {
    const Var z = matmul(select(x, 1, t), weights[1]) + weights[3];
    h = tanh(h ? z + matmul(h, weights[2]) : z);
  }
  return mean(square(h));
}

std::vector<Tensor> initial_weights(DType dtype) {
  const auto scaled = [&](const Shape& shape, uint64_t seed) {
    Tensor x = Tensor::randn(shape, seed, DType::f64);
    for (double& value : x.data<double>()) value *= 0.6;
    return x.cast(dtype);
  };
  return {scaled({kWords, kFeatures}, 1), scaled({kFeatures, kUnits}, 2), scaled({kUnits, kUnits}, 3),
          scaled({kUnits}, 4)};
}

Tensor some_ids(int64_t count) {
  std::vector<int32_t> ids(static_cast<size_t>(count * kSteps));
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * i * 7919 % kWords);
  return Tensor::of<int32_t>({count, kSteps}, ids);
}

/// The model on a tape, with the batch as an input.
struct Model {
  Tape tape;
  std::vector<Tensor> values;
  std::vector<Var> weights;
  Var ids, loss;

  explicit Model(DType dtype) : values(initial_weights(dtype)) {
    ids = tape.input({rows, kSteps}, DType::i32);
    for (const Tensor& value : values) weights.push_back(tape.parameter(value));
    loss = rnn_loss(ids, weights);
  }
};

TEST_CASE("rnn: Hessian-vector product against differences of the gradient", "[rnn]") {
  Model model(DType::f64);
  std::vector<Var> v;
  for (size_t i = 0; i < model.values.size(); ++i) {
    v.push_back(model.tape.parameter(Tensor::randn(model.values[i].shape(), 20 + i, DType::f64)));
  }
  const std::vector<Var> gradient = model.tape.gradient(model.loss, model.weights);
  Program product = model.tape.compile(model.tape.hessian_vector_product(model.loss, model.weights, v));
  Program first = model.tape.compile(gradient);
  const Tensor ids = some_ids(kRows);
  const std::vector<Tensor> hv = product.run({ids});

  const auto gradient_at = [&](double step) {
    std::vector<Tensor> kept;
    for (size_t i = 0; i < v.size(); ++i) {
      kept.push_back(model.values[i].clone());
      const Tensor direction = model.tape.graph().node(v[i]).value;
      for (size_t k = 0; k < kept[i].data<double>().size(); ++k)
        model.values[i].data<double>()[k] += step * direction.data<double>()[k];
    }
    const std::vector<Tensor> result = first.run({ids});
    for (size_t i = 0; i < v.size(); ++i) model.values[i].assign(kept[i]);
    return result;
  };
  const double h = 1e-4;
  const auto above = gradient_at(h), below = gradient_at(-h), further = gradient_at(2 * h), lower = gradient_at(-2 * h);
  for (size_t i = 0; i < hv.size(); ++i) {
    INFO("weight " << i);
    double largest = 0;
    for (int64_t k = 0; k < hv[i].size(); ++k) largest = std::max(largest, std::abs(hv[i].at(k)));
    REQUIRE(largest > 1e-3);
    for (int64_t k = 0; k < hv[i].size(); ++k) {
      const double numeric = (8 * (above[i].at(k) - below[i].at(k)) - (further[i].at(k) - lower[i].at(k))) / (12 * h);
      CHECK(hv[i].at(k) == Approx(numeric).epsilon(1e-8).margin(1e-9 * largest));
    }
  }
}

TEST_CASE("rnn: check_gradients agrees, to second order", "[rnn]") {
  std::vector<Tensor> at = initial_weights(DType::f64);
  at.push_back(some_ids(6));
  const GradientCheck check =
      check_gradients([](Tape&, std::span<const Var> x) { return rnn_loss(x[4], x.first(4)); }, at, {.order = 2});
  INFO(check.message);
  CHECK(check);
}

TEST_CASE("rnn: the gradient through the hoisted gather is the gradient without hoisting", "[rnn]") {
  Model model(DType::f64);
  Tape& tape = model.tape;
  // With a value on the way among the xs nothing is hoisted.
  std::vector<Var> with_loss(model.weights);
  with_loss.push_back(model.loss);
  const std::vector<Var> plain = tape.gradient(model.loss, with_loss);
  const std::vector<Var> hoisted = tape.gradient(model.loss, model.weights);
  const auto picks_words = [&](Var var) {
    return to_text(tape.graph(), std::array{var}).find("f64[rows, 8, 3]") != std::string::npos;
  };
  CHECK(picks_words(plain[1]));
  CHECK_FALSE(picks_words(hoisted[1]));  // [words, units] is multiplied once, and picked from
  const Tensor ids = some_ids(kRows);
  for (size_t i = 0; i < hoisted.size(); ++i) {
    const auto out = tape.compile({plain[i], hoisted[i]}).run({ids});
    for (int64_t k = 0; k < out[0].size(); ++k)
      CHECK(out[0].at(k) == Approx(out[1].at(k)).epsilon(1e-11).margin(1e-15));
  }
}

}  // namespace
}  // namespace reel
