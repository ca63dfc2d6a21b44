// Every loss against its formula in double: of 1,001 rows, which are many tiles and a remainder, weighted and masked,
// with its gradient. A loss without a formula here fails a test.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/known_names.h"
#include "models/loss_batch.h"
#include "reel/autodiff/tape.h"
#include "reel/models/activations/activation.h"
#include "reel/models/losses/loss.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

/// Loss of a batch and its gradient in the predictions, as a program computes them.
struct Computed {
  double loss = 0;
  Tensor gradient;
};

Computed compute(const Loss& loss, const LossBatch& batch, bool is_weighted, bool is_masked) {
  Tape tape;
  std::vector<Var> inputs{tape.input(batch.target_type().shape, batch.target_type().dtype),
                          tape.input(batch.prediction_type().shape)};
  std::vector<Tensor> fed{batch.targets, batch.predictions};
  Var weight, mask;
  if (is_weighted) {
    inputs.push_back(weight = tape.input({rows}));
    fed.push_back(batch.weights);
  }
  if (is_masked) {
    inputs.push_back(mask = tape.input({rows, LossBatch::kSteps}));
    fed.push_back(batch.mask);
  }
  const Var total = loss.of_batch(inputs[0], {inputs[1], mask}, weight).value();
  const std::vector<Tensor> found =
      tape.compile({.outputs = {total, tape.gradient(total, inputs[1])}, .inputs = inputs}).run(fed);
  return {found[0].item(), found[1]};
}

void check(const Loss& loss, const PlainLoss& plain, bool is_weighted, bool is_masked) {
  constexpr double kStep = 1e-6;
  INFO(plain.name << (is_weighted ? ", weighted" : "") << (is_masked ? ", masked" : ""));
  const LossBatch batch(plain.targets, plain.predictions, is_masked);
  const Computed found = compute(loss, batch, is_weighted, is_masked);
  CHECK(found.loss == Approx(batch.mean(plain, is_weighted)).epsilon(2e-6));
  const Tensor v = Tensor::uniform(found.gradient.shape(), -1, 1, 4, DType::f64);
  double analytic = 0, size = 0;
  for (int64_t i = 0; i < v.size(); ++i) {
    analytic += found.gradient.at(i) * v.at(i);
    size += std::abs(found.gradient.at(i) * v.at(i));
  }
  const double numeric =
      (batch.mean(plain, is_weighted, kStep, &v) - batch.mean(plain, is_weighted, -kStep, &v)) / (2 * kStep);
  CHECK(std::abs(analytic - numeric) <= 1e-5 * size);
}

void check_everywhere(const Loss& loss, const PlainLoss& plain) {
  for (const bool is_weighted : {false, true}) {
    for (const bool is_masked : {false, true}) check(loss, plain, is_weighted, is_masked);
  }
}

TEST_CASE("losses: of 1,001 rows, weighted and masked, against their formulas in double", "[loss][loss_rows]") {
  for (const PlainLoss& plain : plain_losses()) check_everywhere(Loss(plain.name), plain);
}

TEST_CASE("losses: smoothed labels and logits of 1,001 rows, against their formulas in double", "[loss][loss_rows]") {
  check_everywhere(BinaryCrossentropy{.label_smoothing = 0.2},
                   {"smoothed bits", Of::bits, Of::shares,
                    [](const Numbers& t, const Numbers& y) { return plain_binary_crossentropy(t, y, 0.2); }});
  check_everywhere(BinaryCrossentropy{.from_logits = true},
                   {"bits of logits", Of::bits, Of::numbers, [](const Numbers& t, Numbers x) {
                      for (double& element : x) element = plain_sigmoid(element);
                      return plain_binary_crossentropy(t, x);
                    }});
  check_everywhere(CategoricalCrossentropy{.label_smoothing = 0.1},
                   {"smoothed classes", Of::one_hot, Of::positive,
                    [](const Numbers& t, const Numbers& y) { return plain_categorical_crossentropy(t, y, 0.1); }});
  check_everywhere(CategoricalCrossentropy{.from_logits = true, .label_smoothing = 0.1},
                   {"smoothed classes of logits", Of::one_hot, Of::numbers, [](const Numbers& t, const Numbers& x) {
                      return plain_categorical_crossentropy(t, plain_softmax(x), 0.1);
                    }});
  check_everywhere(SparseCategoricalCrossentropy{.from_logits = true},
                   {"classes of logits", Of::classes, Of::numbers, [](const Numbers& t, const Numbers& x) {
                      return plain_categorical_crossentropy(plain_one_hot(t, x.size()), plain_softmax(x));
                    }});
  check_everywhere(Hinge{}, {"hinge of bits", Of::bits, Of::numbers, [](const Numbers& t, const Numbers& y) {
                               double sum = 0;
                               for (size_t i = 0; i < y.size(); ++i) sum += std::max(1 - (2 * t[i] - 1) * y[i], 0.0);
                               return sum / static_cast<double>(y.size());
                             }});
}

TEST_CASE("losses: every name that there is has a formula", "[loss][loss_rows]") {
  std::set<std::string> formulas;
  for (const PlainLoss& plain : plain_losses()) formulas.insert(std::string(Loss(plain.name).name()));
  // Of all of a batch: loss_config_test.cc, pair_loss_test.cc. Of sequences: check_loss_test.cc.
  formulas.merge(std::set<std::string>{"dice", "tversky", "circle", "ctc"});
  CHECK(formulas == known_names<Loss>());
}

}  // namespace
}  // namespace reel::testing
