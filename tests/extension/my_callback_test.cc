// A callback written elsewhere: with a config, known by name, and with a state that another goes on from.
#include <catch2/catch.hpp>

#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"
#include "reel/models/training/callback.h"

namespace {

using namespace reel;

/// Raises the learning rate in a line over the first batches that it is told of.
struct Warmup : Callback {
  int64_t batches = 10, done = 0;
  double target = 0.1;

  std::string class_name() const override { return "my>Warmup"; }
  void fields(Fields& f) override {
    f("batches", batches);
    f("target", target);
  }
  void state(StateFields& f) override { f("done", done); }
  void on_train_batch_begin(int64_t) override {
    if (done < batches) model().set_learning_rate(target * static_cast<double>(++done) / static_cast<double>(batches));
  }
};

TEST_CASE("my callback: sets the rate, from its config and its state", "[extension][callback]") {
  register_callback<Warmup>();
  const Tensor x = Tensor::uniform({6, 2}, -1, 1, 1), y = Tensor::ones({6, 1});
  Sequential model({Input({2}), Dense(1)}, {.seed = 1});
  model.compile({.loss = "mse", .optimizer = SGD{.learning_rate = 9}});
  const CallbackPtr warmup = CallbackPtr::from_config(
      Config::parse(R"({"class_name": "my>Warmup", "config": {"batches": 5, "target": 0.5}})"));
  model.fit(x, y, {.batch_size = 3, .verbose = 0, .callbacks = warmup});
  CHECK(model.learning_rate() == Approx(0.2));

  const CallbackPtr other = CallbackPtr::from_config(warmup.config());
  set_state(other, state_of(warmup));
  model.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .callbacks = other});
  CHECK(model.learning_rate() == Approx(0.5));
}

}  // namespace
