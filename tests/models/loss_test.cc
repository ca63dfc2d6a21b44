// Losses by hand, on one row; reel-golden compares them with Keras's on many.
#include "reel/models/losses/loss.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"

namespace reel {
namespace {

// As a layer that ends in them gives predictions: with the logits.
const Activation kSigmoid = sigmoid, kSoftmax = softmax;

double value(const Loss& loss, const std::vector<float>& t, const std::vector<float>& y) {
  Tape tape;
  const Shape shape{rows, static_cast<int64_t>(y.size())};
  const Var target = tape.input({rows, static_cast<int64_t>(t.size())}), predicted = tape.input(shape);
  Program program = tape.compile({.outputs = {loss(target, predicted)}, .inputs = {target, predicted}});
  return program
      .run({Tensor::of(shape.with_lead(1).with_axis(1, target.shape()[1]), t), Tensor::of(shape.with_lead(1), y)})[0]
      .item();
}

TEST_CASE("losses come to what their formulas say", "[loss]") {
  CHECK(value("mse", {1, 2}, {2, 4}) == Approx(2.5));
  CHECK(value("mae", {1, 2}, {2, 4}) == Approx(1.5));
  CHECK(value("mape", {1, 2}, {2, 5}) == Approx(125));
  CHECK(value("msle", {0, 1}, {1, 1}) == Approx(std::pow(std::log(2), 2) / 2));
  CHECK(value("logcosh", {0, 0}, {1, -200}) == Approx((std::log(std::cosh(1)) + 200 - std::log(2)) / 2));
  CHECK(value("poisson", {2, 1}, {1, 3}) == Approx((1 + 3 - std::log(3)) / 2).epsilon(1e-6));
  CHECK(value("kld", {0.5f, 0.5f}, {0.25f, 0.75f}) == Approx(0.5 * std::log(2) + 0.5 * std::log(2.0 / 3)));
  CHECK(value("cosine_similarity", {3, 4}, {4, 3}) == Approx(-24.0 / 25));
  CHECK(value("cosine_similarity", {3, 4}, {0, 0}) == 0);
  CHECK(value("hinge", {0, 1}, {0.5f, 0.25f}) == Approx((1.5 + 0.75) / 2));
  CHECK(value("hinge", {-1, 0.5f}, {0.5f, 0.5f}) == Approx((1.5 + 0.75) / 2));
  CHECK(value("squared_hinge", {0, 1}, {0.5f, 2}) == Approx(1.5 * 1.5 / 2));
  CHECK(value("categorical_hinge", {0, 1, 0}, {0.5f, 0.25f, 0.75f}) == Approx(0.75 - 0.25 + 1));
  CHECK(value("binary_crossentropy", {1, 0}, {0.5f, 0.25f}) == Approx(-(std::log(0.5) + std::log(0.75)) / 2));
  CHECK(value("categorical_crossentropy", {0, 1}, {1, 3}) == Approx(-std::log(0.75)));
  CHECK(value("sparse_categorical_crossentropy", {1}, {1, 3}) == Approx(-std::log(0.75)));
  CHECK(value(SparseCategoricalCrossentropy{.from_logits = true}, {0}, {1, 3}) == Approx(std::log(1 + std::exp(2))));
}

/// -(t log p + (1 - t) log(1 - p)) of p = sigmoid(x), and its derivative by x, in terms that do not cancel.
double crossentropy(double x, double t) { return t * std::log1p(std::exp(-x)) + (1 - t) * std::log1p(std::exp(x)); }
double crossentropy_derivative(double x, double t) { return (1 - t) / (1 + std::exp(-x)) - t / (1 + std::exp(x)); }

TEST_CASE("binary crossentropy of a sigmoid loses nothing at either end, nor for soft targets", "[loss]") {
  const std::vector<float> logits{-80, -20, -15, -3, -0.5, 0, 0.5, 3, 15, 20, 80};
  for (const float target : {0.0f, 1.0f, 0.25f, 0.999f, 1e-6f}) {
    for (const float logit : logits) {
      Tape tape;
      const Var x = tape.parameter(Tensor::full({1, 1}, logit)), t = tape.constant(Tensor::full({1, 1}, target));
      const double expected = crossentropy(logit, target), derivative = crossentropy_derivative(logit, target);
      for (const Var loss : {BinaryCrossentropy{}(t, kSigmoid(x, {})), BinaryCrossentropy{.from_logits = true}(t, x)}) {
        INFO("x " << logit << ", t " << target);
        CHECK(value_of(sum(loss)).item() == Approx(expected).epsilon(1e-6));
        const bool hard = target == 0 || target == 1;  // else p - t may be small, and as far off as p and t are
        CHECK(value_of(tape.gradient(sum(loss), x)).item() == Approx(derivative).epsilon(1e-6).margin(hard ? 0 : 1e-7));
      }
    }
  }
}

TEST_CASE("crossentropy goes by logits that come with predictions, and by no op behind them", "[loss]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::full({1, 1}, 40)), t = tape.constant(Tensor::zeros({1, 1}));
  const auto loss = [&](const Flow& y) { return value_of(sum(BinaryCrossentropy{}(t, y))).item(); };
  const double clipped = -std::log1p(-static_cast<double>(1.0f - 1e-7f));
  CHECK(loss(kSigmoid(x, {})) == Approx(40));
  CHECK(loss(Activation("sigmoid")(x, {})) == Approx(40));
  CHECK(loss(sigmoid(x)) == Approx(clipped));
  CHECK(loss(kSoftmax(x, {})) == Approx(clipped));  // of another function
  Flow changed = kSigmoid(x, {});
  changed.value = 0.5 * changed.value;
  CHECK(loss(changed) == Approx(std::log(2)));
  CHECK(loss(kSigmoid(x, {}).reshaped([](Var v) { return reshape(v, {1, 1}); })) == Approx(40));
}

TEST_CASE("classes as targets come in one axis less, or with a last axis of 1", "[loss]") {
  Tape tape;
  const Var y = tape.input({rows, 4});
  const Loss loss = SparseCategoricalCrossentropy{};
  CHECK(loss(tape.input({rows}, DType::i32), y).shape() == Shape{rows});
  CHECK(loss(tape.input({rows, 1}, DType::i32), y).shape() == Shape{rows});
  CHECK_THROWS_WITH(loss(tape.input({rows, 4}), y), Catch::Contains("targets [rows, 4]"));
  CHECK_THROWS_AS(Loss("mse")(tape.input({rows}), y), ShapeError);
}

TEST_CASE("classes that are no whole numbers are rounded toward zero", "[loss]") {
  Tape tape;
  const Var y = tape.constant(Tensor::of<float>({3, 3}, {0.2f, 0.3f, 0.5f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f}));
  const Tensor values =
      value_of(Loss(SparseCategoricalCrossentropy{})(tape.constant(Tensor::of<float>({3}, {1.7f, 0.3f, -0.4f})), y));
  const double expected[] = {1.2039728, 2.3025851, 2.3025851};  // Keras's
  for (int i = 0; i < 3; ++i) CHECK(values.at(i) == Approx(expected[i]).epsilon(1e-6));
}

/// The mean loss of the softmax of logits [n, classes], and its gradient summed over rows.
struct OfSoftmax {
  double loss;
  std::vector<double> gradient;
};

OfSoftmax of_softmax(const Loss& loss, const Tensor& targets, const Tensor& logits, bool from_logits = false) {
  Tape tape;
  const Var x = tape.parameter(logits),
            of = mean(loss(tape.constant(targets), from_logits ? Flow(x) : kSoftmax(x, {})));
  const Tensor gradient = value_of(sum_rows(tape.gradient(of, x)));
  OfSoftmax out{value_of(of).item(), {}};
  for (int64_t i = 0; i < gradient.size(); ++i) out.gradient.push_back(gradient.at(i));
  return out;
}

void check_close(const OfSoftmax& found, double loss, const std::vector<double>& gradient) {
  CHECK(found.loss == Approx(loss).epsilon(1e-6));
  REQUIRE(found.gradient.size() == gradient.size());
  for (size_t i = 0; i < gradient.size(); ++i)
    CHECK(found.gradient[i] == Approx(gradient[i]).epsilon(1e-6).margin(1e-7));
}

// What Keras says of Dense(3, activation="softmax") whose kernel is the identity, trained with SGD(1) on one batch.
TEST_CASE("crossentropy of a softmax goes by the logits", "[loss]") {
  const Tensor logits = Tensor::of<float>({2, 3}, {0, 30, 0, 0, 0, 20});
  const Tensor first = Tensor::of<float>({2, 3}, {1, 0, 0, 1, 0, 0});
  check_close(of_softmax("sparse_categorical_crossentropy", Tensor::of<int32_t>({2}, {0, 0}), logits), 25,
              {-1, 0.5, 0.5});
  check_close(of_softmax("categorical_crossentropy", first, logits), 25, {-1, 0.5, 0.5});
  check_close(of_softmax(CategoricalCrossentropy{.label_smoothing = 0.3}, Tensor::of<float>({2, 3}, {0, 1, 0, 1, 0, 0}),
                         logits),
              12, {-0.45, 0.05, 0.4});
  check_close(
      of_softmax("categorical_crossentropy", Tensor::of<float>({2, 3}, {0.2f, 0.5f, 0.3f, 0.5f, 0.5f, 0}), logits),
      17.5, {-0.35, 0, 0.35});
  check_close(of_softmax("sparse_categorical_crossentropy", Tensor::of<int32_t>({2}, {0, 1}),
                         Tensor::of<float>({2, 3}, {2, 2, 1, 5, 5, 5})),
              0.9803035259246826, {-0.12217392027378082, -0.12217390537261963, 0.24434787034988403});
}

TEST_CASE("crossentropy of a softmax loses nothing where one class is certain, nor where classes are equal", "[loss]") {
  const auto check = [](const std::vector<float>& logits, int32_t target) {
    std::vector<double> exps;
    double all = 0, others = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      exps.push_back(std::exp(double(logits[i]) - logits[target]));
      all += exps.back();
      if (i != static_cast<size_t>(target)) others += exps.back();
    }
    const auto n = static_cast<int64_t>(logits.size());
    for (const bool from_logits : {false, true}) {
      const OfSoftmax found =
          of_softmax(SparseCategoricalCrossentropy{.from_logits = from_logits}, Tensor::of<int32_t>({1}, {target}),
                     Tensor::of<float>({1, n}, logits), from_logits);
      CHECK(found.loss == Approx(std::log1p(others)).epsilon(2e-6));
      for (size_t i = 0; i < exps.size(); ++i) {
        INFO("class " << i << " of " << n << ", target " << target);
        const double expected = i == static_cast<size_t>(target) ? -others / all : exps[i] / all;
        CHECK(found.gradient[i] == Approx(expected).epsilon(2e-6));
      }
    }
  };
  for (const int32_t target : {0, 1, 2, 3}) {
    check({0, 25, 1, -3}, target);
    check({4, 4, 1, 4}, target);
    check({-1, 0.5f, 0.25f, 2}, target);
  }
  check({7}, 0);
}

TEST_CASE("crossentropy takes no other quotients for a softmax", "[loss]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::of<float>({1, 2}, {1, 3})), t = tape.constant(Tensor::of<float>({1, 2}, {1, 0}));
  CHECK(value_of(CategoricalCrossentropy{}(t, x / reduce_sum(x, -1, true))).item() == Approx(std::log(4)));
  const Var halves = exp(0.5 * x);
  CHECK(value_of(CategoricalCrossentropy{}(t, halves / reduce_sum(halves, -1, true))).item() ==
        Approx(std::log1p(std::exp(1))));
}

/// Mean of the loss of all rows.
double mean_of(const Loss& loss, const Tensor& t, const Tensor& y) {
  Tape tape;
  return value_of(mean(loss(tape.constant(t), tape.constant(y)))).item();
}

// What Keras says of t [2, 2] and predictions [2, 2, 1], and of t [2, 2, 1] and predictions [2, 2].
TEST_CASE("a last axis that only predictions or only targets have is dropped", "[loss]") {
  const Tensor y = Tensor::of<float>({2, 2, 1}, {0.2f, 0.6f, 0.9f, 0.1f}),
               t = Tensor::of<float>({2, 2}, {0.5f, 0.5f, 1, 0});
  const std::pair<const char*, double> all[] = {
      {"kl_divergence", 0.2361719012260437},       {"cosine_similarity", -0.9441554546356201},
      {"categorical_hinge", 0.550000011920929},    {"mean_squared_error", 0.030000003054738045},
      {"binary_crossentropy", 0.4601425230503082}, {"hinge", 0.6749999523162842}};
  for (const auto& [name, expected] : all) {
    INFO(name);
    CHECK(mean_of(name, t, y) == Approx(expected).epsilon(1e-6));
    CHECK(mean_of(name, t.reshaped({2, 2, 1}), y.reshaped({2, 2})) == Approx(expected).epsilon(1e-6));
  }
  CHECK(mean_of("mse", Tensor::of<float>({2, 1}, {0, 1}), Tensor::of<float>({2}, {1, 3})) == 2.5);
  Tape tape;
  CHECK(Loss("mse")(tape.input({rows}), tape.input({rows, 1})).shape() == Shape{rows});
  const Var whole = tape.input({rows, 4, 1}), targets = tape.input({rows, 4}), mask = tape.input({rows, 4});
  CHECK(Loss("mse")(targets, whole).shape() == Shape{rows});
  CHECK(Loss("mse")(targets, {whole, mask}).shape() == Shape{rows, 4});
  CHECK_THROWS_WITH(Loss("mse")(tape.input({rows, 3}), whole), Catch::Contains("predictions [rows, 4, 1]"));
}

TEST_CASE("binary crossentropy finds the logits of predictions that lost an axis", "[loss]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::of<float>({1, 2, 1}, {40, -40})),
            t = tape.constant(Tensor::of<float>({1, 2}, {0, 0}));
  const Var loss = mean(Loss("binary_crossentropy")(t, kSigmoid(x, {})));
  CHECK(value_of(loss).item() == Approx(20));
  CHECK(value_of(tape.gradient(loss, x)).at(0) == Approx(0.5));
}

TEST_CASE("cosine similarity has a gradient at zero", "[loss]") {
  Tape tape;
  const Var y = tape.parameter(Tensor::zeros({1, 2})), t = tape.constant(Tensor::of<float>({1, 2}, {3, 4}));
  const Tensor gradient = value_of(tape.gradient(sum(CosineSimilarity{}(t, y)), y));
  CHECK(gradient.at(0) == Approx(-0.6e7));
  CHECK(gradient.at(1) == Approx(-0.8e7));
}

TEST_CASE("any function of targets and predictions is a loss", "[loss]") {
  const auto difference = [](Var t, Var y) { return reduce_mean(y - t); };
  CHECK(Loss(difference).name() == "custom");
  CHECK(value(difference, {1, 2}, {2, 5}) == 2);
  CHECK(value([](Var t, Var y) { return reduce_mean(y * t); }, {1, 2}, {2, 5}) == 6);
  const Loss copied = Loss(difference);
  CHECK(Loss(copied).name() == "custom");
}

TEST_CASE("losses are found by Keras's names alone", "[loss]") {
  CHECK(Loss("kl_divergence").name() == "kl_divergence");
  CHECK(Loss("kld").name() == "kl_divergence");
  CHECK_THROWS_AS(Loss(""), ValueError);
  CHECK_THROWS_WITH(Loss("hinged"),
                    "loss: \"hinged\" is not known, only binary_crossentropy, binary_focal_crossentropy, "
                    "categorical_crossentropy, categorical_focal_crossentropy, sparse_categorical_crossentropy, "
                    "mean_squared_error, mean_absolute_error, "
                    "mean_absolute_percentage_error, mean_squared_logarithmic_error, huber, log_cosh, poisson, "
                    "kl_divergence, cosine_similarity, hinge, squared_hinge, categorical_hinge, dice, tversky, "
                    "categorical_generalized_cross_entropy, ctc, circle");
  for (const char* name : {"mean_squared_error", "MeanSquaredError", "mse", "MSE"}) {
    CHECK(Loss(name).name() == "mean_squared_error");
    CHECK(Loss(std::string(name)).name() == "mean_squared_error");
  }
  for (const char* name : {"bce", "BCE", "BinaryCrossentropy"}) CHECK(Loss(name).name() == "binary_crossentropy");
  for (const char* name : {"kld", "KLD", "KLDivergence"}) CHECK(Loss(name).name() == "kl_divergence");
  CHECK(Loss("LogCosh").name() == "log_cosh");
  CHECK(Loss("SparseCategoricalCrossentropy").name() == "sparse_categorical_crossentropy");
  CHECK_THROWS_AS(Loss("Mse"), ValueError);
}

TEST_CASE("losses that are none, or give none, are refused by name", "[loss]") {
  using Function = std::function<Var(Var, Var)>;
  CHECK_THROWS_WITH(Loss(Function{}), "loss: expected a function, got an empty one");
  CHECK_THROWS_AS(Loss("odd", Function{}), ValueError);
  CHECK_THROWS_AS(Loss(static_cast<Var (*)(Var, Var)>(nullptr)), ValueError);
  CHECK_THROWS_WITH(Loss(static_cast<const char*>(nullptr)), "loss: expected a name, got a null pointer");
  CHECK_FALSE(Loss{});
  Tape tape;
  const Var y = tape.input({rows, 3});
  const auto apply = [&](Function function) { return Loss("odd", std::move(function))(y, y); };
  const auto as_integers = [](Var, Var p) { return cast(mean(p), DType::i32); };
  CHECK_THROWS_WITH(apply([](Var, Var) { return Var{}; }), "loss \"odd\": gave an empty Var");
  CHECK_THROWS_WITH(
      apply(as_integers),
      "loss \"odd\": expected floats, [rows, ...] or their mean [], for predictions f32[rows, 3], got i32[]");
  CHECK_THROWS_WITH(apply([](Var, Var p) { return sum_rows(p); }), Catch::Contains("got f32[3]"));
  CHECK(apply([](Var, Var p) { return mean(p); }).shape() == Shape{});
  CHECK(apply([](Var, Var p) { return p; }).shape() == Shape{rows, 3});
}

}  // namespace
}  // namespace reel
