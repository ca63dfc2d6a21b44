// Models that are trained with rematerialising come to the same weights, bit for bit.
#include <catch2/catch.hpp>
#include <functional>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

constexpr int64_t kReviews = 70, kSteps = 17, kWords = 12, kUnits = 5;

/// h and c, where c gathers what the gate lets through.
class TwoStates final : public LayerOf<TwoStates, Cell> {
 public:
  std::string class_name() const override { return "TwoStates"; }
  std::vector<Shape> state_shapes() const override { return {{kUnits}, {kUnits}}; }
  void build(const Type& x) override {
    kernel_ = add_weight("kernel", {x.shape.back(), 2 * kUnits}, "glorot_uniform");
    recurrent_ = add_weight("recurrent", {kUnits, 2 * kUnits}, "orthogonal");
  }
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart&) const override {
    const Var z = matmul(x, call[kernel_]) + matmul(states[0], call[recurrent_]);
    const Var gate = sigmoid(slice(z, 1, 0, kUnits));
    const Var c = gate * states[1] + (1.0 - gate) * slice(z, 1, kUnits, kUnits);
    return {tanh(c), {tanh(c), c}};
  }

 private:
  Variable kernel_, recurrent_;
};

struct Case {
  std::string name;
  std::function<std::vector<LayerPtr>()> layers;
};

std::vector<Case> cases() {
  const auto words = [](bool mask) { return Embedding(kWords, 4, {.mask_zero = mask, .input_length = kSteps}); };
  const auto last = [] { return Dense(1, {.activation = sigmoid}); };
  const auto user = [](bool sequences) { return RNN(TwoStates(), {.return_sequences = sequences}); };
  return {
      {"simple",
       [=] {
         return std::vector<LayerPtr>{words(false), SimpleRNN(kUnits), last()};
       }},
      {"masked",
       [=] {
         return std::vector<LayerPtr>{words(true), SimpleRNN(kUnits), last()};
       }},
      {"backwards",
       [=] {
         return std::vector<LayerPtr>{words(true), SimpleRNN(kUnits, {.go_backwards = true}), last()};
       }},
      {"stacked",
       [=] {
         return std::vector<LayerPtr>{words(false), SimpleRNN(kUnits, {.return_sequences = true}), SimpleRNN(kUnits),
                                      last()};
       }},
      {"a cell with two states",
       [=] {
         return std::vector<LayerPtr>{words(false), user(true), user(false), last()};
       }},
  };
}

struct Trained {
  std::vector<double> loss;
  std::string weights;
  int64_t nodes;

  bool same_bits(const Trained& other) const { return loss == other.loss && weights == other.weights; }
};

Trained train(const std::vector<LayerPtr>& layers, int64_t every) {
  Random random(9);
  Tensor x(DType::i32, {kReviews, kSteps}), y(DType::f32, {kReviews, 1});
  for (int64_t i = 0; i < x.size(); ++i)
    x.data<int32_t>()[i] = i % kSteps < 3 ? 0 : static_cast<int32_t>(random.below(3));
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  Sequential model(layers, {.seed = 4});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .passes = {.remat_every = every}});
  const History history = model.fit(x, y, {.batch_size = 40, .epochs = 3, .verbose = Verbose::silent});
  return {history["loss"], model.weights_sha256(), model.training_stats().nodes};
}

TEST_CASE("a model trained with rematerialising has the same weights", "[sequential][remat]") {
  for (const Case& each : cases()) {
    const Trained plain = train(each.layers(), 0);
    for (const int64_t every : {int64_t{1}, int64_t{3}, kRematAuto, kSteps}) {
      CAPTURE(each.name, every);
      const Trained again = train(each.layers(), every);
      CHECK(again.same_bits(plain));
      CHECK((again.nodes > plain.nodes) == (every < kSteps));
    }
  }
}

TEST_CASE("rematerialising leaves a model without steps alone", "[sequential][remat]") {
  const auto train_dense = [](int64_t every) {
    Sequential model({Dense(9, {.activation = relu}), Dense(9, {.activation = relu}), Dense(1)}, {.seed = 4});
    model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{}, .passes = {.remat_every = every}});
    model.train_on_batch(Tensor::randn({40, 3}, 1), Tensor::randn({40, 1}, 2));
    return std::pair(model.weights_sha256(), model.training_stats().nodes);
  };
  CHECK(train_dense(0) == train_dense(kRematAuto));
  CHECK_THROWS_WITH(train_dense(-2), Catch::Contains("remat_every") && Catch::Contains("-2"));
}

}  // namespace
}  // namespace reel
