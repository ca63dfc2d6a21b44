// Sequential: what other threads may do while a call is in progress. They are let run to their end inside of it.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <utility>
#include <vector>

#include "models/elsewhere.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/sequential.h"

namespace reel {
namespace {

using testing::message_elsewhere;
using testing::Watched;

const Tensor kX = Tensor::uniform({12, 2}, -1, 1, 5), kY = Tensor::uniform({12, 1}, -1, 1, 6);

FitOptions silent(std::function<void()> at_end_of_epoch = {}) {
  FitOptions options{.batch_size = 4, .verbose = Verbose::silent};
  if (at_end_of_epoch) options.on_epoch_end = [=](int64_t, const Logs&) { return at_end_of_epoch(), true; };
  return options;
}

Sequential small_model(const std::string& name = "sequential") {
  Sequential model({Input({2}), Dense(3, {.activation = tanh}), Dense(1)}, {.name = name, .seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.125}});
  return model;
}

struct NamedCall {
  std::string name;
  std::function<void()> call;
};

/// Calls that change something of the model, if only by running one of its programs.
std::vector<NamedCall> changing_calls(Sequential& model, const std::string& file) {
  return {{"build",
           [&] {
             model.build({DType::f32, {rows, 2}});
           }},
          {"compile", [&] { model.compile({.loss = "mse"}); }},
          {"set_learning_rate", [&] { model.set_learning_rate(1); }},
          {"fit", [&] { model.fit(kX, kY, silent()); }},
          {"train_on_batch", [&] { model.train_on_batch(kX, kY); }},
          {"evaluate", [&] { model.evaluate(kX, kY); }},
          {"predict", [&] { model.predict(kX); }},
          {"gradients", [&] { model.gradients(kX, kY); }},
          {"set_weights", [&] { model.set_weights({}); }},
          {"load_weights", [&model, file] { model.load_weights(file); }},
          {"enable_profile", [&] { model.enable_profile(); }}};
}

std::vector<NamedCall> const_calls(const Sequential& model, const std::string& file) {
  return {{"compile_options", [&] { model.compile_options(); }},
          {"learning_rate", [&] { model.learning_rate(); }},
          {"summary", [&] { static_cast<void>(model.summary()); }},
          {"weights", [&] { model.weights(); }},
          {"parameter_count", [&] { model.parameter_count(); }},
          {"weights_sha256", [&] { model.weights_sha256(); }},
          {"save_weights", [&model, file] { model.save_weights(file); }},
          {"call",
           [&] {
             Tape tape;
             model.call(tape.input({rows, 2}));
           }},
          {"training_graph",
           [&] {
             Tape tape;
             model.training_graph(tape, {DType::f32, {rows, 1}});
           }},
          {"training_stats", [&] { model.training_stats(); }},
          {"training_profile", [&] { model.training_profile(); }}};
}

void check_refused(const std::vector<NamedCall>& calls, const std::string& running) {
  for (const NamedCall& it : calls) {
    CHECK(message_elsewhere(it.call) ==
          fmt::format("sequential: {}() was called while {}() runs on another thread; one thread at a time may use a "
                      "model",
                      it.name, running));
  }
}

void check_done(const std::vector<NamedCall>& calls) {
  for (const NamedCall& it : calls) {
    INFO(it.name);
    CHECK(message_elsewhere(it.call).empty());
  }
}

TEST_CASE("while fit runs, all that another thread asks of the model is refused", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  Sequential model = small_model(), alone = small_model();
  bool has_tried = false;
  model.fit(kX, kY, silent([&] {
              check_refused(changing_calls(model, folder / "w.npz"), "fit");
              check_refused(const_calls(model, folder / "w.npz"), "fit");
              CHECK(message_elsewhere([&] { static_cast<void>(model.name() + model.layers()[0]->name()); }).empty());
              has_tried = true;
            }));
  CHECK(has_tried);
  alone.fit(kX, kY, silent());
  CHECK(model.weights_sha256() == alone.weights_sha256());
  // Afterwards any thread may, and what was written by the first is there for the second.
  check_done(const_calls(model, folder / "w.npz"));
  check_done({{"predict", [&] { CHECK(model.predict(kX).at(3) == alone.predict(kX).at(3)); }}});
}

TEST_CASE("while predict, evaluate or a step runs, other threads are refused", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  Sequential model = small_model();
  std::string running;
  int reads = 0;
  const Samples x = Watched(kX, [&] {
    ++reads;
    check_refused(changing_calls(model, folder / "w.npz"), running);
    check_refused(const_calls(model, folder / "w.npz"), running);
  });
  const Tensor expected = model.predict(kX);
  running = "predict";
  const Tensor predicted = model.predict(x);
  for (int64_t i = 0; i < expected.size(); ++i) CHECK(predicted.at(i) == expected.at(i));
  running = "evaluate";
  model.evaluate(x, kY);
  running = "fit";
  model.fit(x, kY, silent());
  CHECK(reads == 1 + 1 + 3);
}

/// Calls a function when it is recorded.
class Calling : public Layer {
 public:
  explicit Calling(std::function<void()> on_call) : on_call_(std::move(on_call)) {}
  std::string class_name() const override { return "Calling"; }
  Flow call(Flow input, const WeightVars&) const override { return on_call_(), input; }

 private:
  std::function<void()> on_call_;
};

TEST_CASE("const methods run beside each other, and nothing beside them changes", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  std::function<void()> on_call;
  Sequential model({Input({2}), Dense(1), Calling([&] {
                      if (const auto once = std::exchange(on_call, nullptr)) once();
                    })});
  model.compile({.loss = "mse"});
  on_call = [&] {
    check_refused(changing_calls(model, folder / "w.npz"), "training_graph");
    check_done(const_calls(model, folder / "w.npz"));
  };
  Tape tape;
  model.training_graph(tape, {DType::f32, {rows, 1}});
  // While a program is made, too.
  on_call = [&] { check_refused(const_calls(model, folder / "w.npz"), "predict"); };
  model.predict(kX);
  CHECK(on_call == nullptr);
}

TEST_CASE("models that share a layer: weights are not used while they are written", "[sequential][threads]") {
  const LayerPtr code = Dense(3, {.name = "code"});
  Sequential whole({Input({2}), code, Dense(1)}, {.name = "whole"}), encoder({Input({2}), code}, {.name = "encoder"});
  whole.compile({.loss = "mse", .optimizer = "sgd"});
  encoder.compile({.loss = "mse", .optimizer = "sgd"});
  const auto refused = [](const std::string& name, const std::string& call, const std::string& running) {
    return fmt::format(
        "{}: {}() was called while {}() of another model that has layer \"code\" runs on another "
        "thread; weights may not be used while they are written",
        name, call, running);
  };
  whole.fit(
      kX, kY, silent([&] {
        CHECK(message_elsewhere([&] { encoder.predict(kX); }) == refused("encoder", "predict", "fit"));
        CHECK(message_elsewhere([&] { encoder.weights_sha256(); }) == refused("encoder", "weights_sha256", "fit"));
        CHECK(message_elsewhere([&] { Sequential({code}, {.name = "third"}); }) ==
              refused("third", "Sequential", "fit"));
        CHECK_NOTHROW(encoder.predict(kX));  // this thread waits for itself
        CHECK_NOTHROW(encoder.train_on_batch(kX, Tensor::zeros({12, 3})));
        CHECK(message_elsewhere([] { small_model("other").fit(kX, kY, silent()); }).empty());
      }));
  const Tensor expected = encoder.predict(kX);
  whole.predict(Watched(kX, [&] {
    CHECK(message_elsewhere([&] { CHECK(encoder.predict(kX).at(1) == expected.at(1)); }).empty());
    CHECK(message_elsewhere([&] { encoder.set_weights({}); }) == refused("encoder", "set_weights", "predict"));
    CHECK(message_elsewhere([&] { encoder.fit(kX, kX, silent()); }) == refused("encoder", "fit", "predict"));
  }));
  CHECK(message_elsewhere([&] { encoder.predict(kX); }).empty());
}

TEST_CASE("many threads on one model get the right result or an error", "[sequential][threads]") {
  Sequential model = small_model();
  const Tensor expected = model.predict(kX);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0, done = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        try {
          const Tensor got = model.predict(kX);
          for (int64_t k = 0; k < got.size(); ++k) wrong += got.at(k) != expected.at(k);
          ++done;
        } catch (const Error&) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(done > 0);
  CHECK(model.predict(kX).at(2) == expected.at(2));
}

TEST_CASE("threads with models of their own come to the same bits as alone", "[sequential][threads]") {
  const auto trained = [](Sequential& model) { return model.fit(kX, kY, silent()), model.weights_sha256(); };
  Sequential alone = small_model();
  const std::string expected = trained(alone);
  std::vector<std::string> sums(4);
  std::vector<std::thread> threads;
  for (std::string& sum : sums) {
    threads.emplace_back([&] {
      Sequential model = small_model();
      sum = trained(model);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sums == std::vector<std::string>(4, expected));
}

}  // namespace
}  // namespace reel
