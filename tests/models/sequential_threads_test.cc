// Sequential: what other threads may do while a call is in progress. They are let run to their end inside of it.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "models/elsewhere.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

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

std::vector<Tensor> clones(const Sequential& model) {
  std::vector<Tensor> values;
  for (const auto& [name, value] : model.weights()) values.push_back(value.clone());
  return values;
}

struct NamedCall {
  std::string name;
  std::function<void()> call;
};

/// Calls that one thread at a time may make.
std::vector<NamedCall> training_calls(Sequential& model, const std::string& file) {
  return {{"set_learning_rate", [&] { model.set_learning_rate(0.125); }},
          {"fit", [&] { model.fit(kX, kY, silent()); }},
          {"train_on_batch", [&] { model.train_on_batch(kX, kY); }},
          {"set_weights", [&] { model.set_weights(clones(model)); }},
          {"load_weights", [&model, file] { model.load_weights(file); }},
          {"enable_profile", [&] { model.enable_profile(); }}};
}

/// Calls that leave the model as it is.
std::vector<NamedCall> reading_calls(Sequential& model, const std::string& file) {
  return {{"build",
           [&] {
             model.build({DType::f32, {rows, 2}});
           }},
          {"evaluate", [&] { model.evaluate(kX, kY); }},
          {"predict", [&] { model.predict(kX); }},
          {"gradients", [&] { model.gradients(kX, kY); }},
          {"compile_options", [&] { model.compile_options(); }},
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
             model.training_graph(tape, {Type{DType::f32, {rows, 1}}});
           }},
          {"training_stats", [&] { model.training_stats(); }},
          {"training_profile", [&] { model.training_profile(); }}};
}

std::vector<NamedCall> changing_calls(Sequential& model) {
  return {{"compile", [&] { model.compile({.loss = "mse"}); }}};
}

void check_refused(const std::vector<NamedCall>& calls, const std::string& running) {
  for (const NamedCall& it : calls) {
    CHECK(message_elsewhere(it.call) ==
          fmt::format("sequential: {}() was called while {}() runs on another thread; one thread may train a model "
                      "while any number predict with it, and what makes or changes it needs it alone",
                      it.name, running));
  }
}

void check_done(const std::vector<NamedCall>& calls) {
  for (const NamedCall& it : calls) {
    INFO(it.name);
    CHECK(message_elsewhere(it.call).empty());
  }
}

TEST_CASE("while fit runs, other threads may look and predict, and not train or change", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  Sequential model = small_model(), alone = small_model();
  bool has_tried = false;
  model.fit(kX, kY, silent([&] {
              check_refused(training_calls(model, folder / "w.npz"), "fit");
              check_refused(changing_calls(model), "fit");
              check_done(reading_calls(model, folder / "w.npz"));
              has_tried = true;
            }));
  CHECK(has_tried);
  alone.fit(kX, kY, silent());
  CHECK(model.weights_sha256() == alone.weights_sha256());
  // Afterwards any thread may, and what was written by the first is there for the second.
  check_done({{"predict", [&] { CHECK(model.predict(kX).at(3) == alone.predict(kX).at(3)); }}});
  check_done(training_calls(model, folder / "w.npz"));
}

TEST_CASE("while predict or evaluate runs, other threads may do all but change", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  Sequential model = small_model();
  std::string running;
  int reads = 0;
  const Samples x = Watched(kX, [&] {
    ++reads;
    check_refused(changing_calls(model), running);
    check_done(reading_calls(model, folder / "w.npz"));
    check_done(training_calls(model, folder / "w.npz"));
  });
  running = "predict";
  model.predict(x);
  running = "evaluate";
  model.evaluate(x, kY);
  CHECK(reads == 2);
}

TEST_CASE("a model that has no weights yet is made by one thread", "[sequential][threads]") {
  Sequential model({Dense(1)});
  bool has_tried = false;
  model.predict(Watched(kX, [&] {
    check_refused({{"predict", [&] { model.predict(kX); }}}, "predict");
    has_tried = true;
  }));
  CHECK(has_tried);
  check_done({{"predict", [&] { model.predict(kX); }}});
}

/// Calls a function when it is recorded.
class Calling : public Layer {
 public:
  explicit Calling(std::function<void()> on_call) : on_call_(std::move(on_call)) {}
  std::string class_name() const override { return "Calling"; }
  Flow call_masked(Call&, Flow input) const override { return on_call_(), input; }

 private:
  std::function<void()> on_call_;
};

TEST_CASE("while a program is made, other threads may look", "[sequential][threads]") {
  const testing::TemporaryFolder folder;
  std::function<void()> on_call;
  Sequential model({Input({2}), Dense(1), Calling([&] {
                      if (const auto once = std::exchange(on_call, nullptr)) once();
                    })});
  model.compile({.loss = "mse"});
  on_call = [&] {
    check_refused(changing_calls(model), "training_graph");
    check_done(reading_calls(model, folder / "w.npz"));
    check_done(training_calls(model, folder / "w.npz"));
  };
  Tape tape;
  model.training_graph(tape, {Type{DType::f32, {rows, 1}}});
  on_call = [&] {
    check_refused(changing_calls(model), "predict");
    check_done({{"weights", [&] { model.weights(); }},
                {"training_stats", [&] { model.training_stats(); }},
                {"weights_sha256", [&] { model.weights_sha256(); }}});
  };
  model.predict(Tensor::zeros({1, 2}));
  CHECK(on_call == nullptr);
}

TEST_CASE("models that share a layer: one thread trains it, others predict with it", "[sequential][threads]") {
  const LayerPtr code = Dense(3, {.name = "code"});
  Sequential whole({Input({2}), code, Dense(1)}, {.name = "whole"}), encoder({Input({2}), code}, {.name = "encoder"});
  whole.compile({.loss = "mse", .optimizer = "sgd"});
  encoder.compile({.loss = "mse", .optimizer = "sgd"});
  const auto refused = [](const std::string& name, const std::string& call, const std::string& running) {
    return fmt::format(
        "{}: {}() was called while {}() of another model that has layer \"code\" runs on another "
        "thread; one thread at a time may train a layer, and what makes its weights needs it alone",
        name, call, running);
  };
  const Tensor code_of_x = Tensor::zeros({12, 3});
  whole.fit(
      kX, kY, silent([&] {
        CHECK(message_elsewhere([&] { encoder.predict(kX); }).empty());
        CHECK(message_elsewhere([&] { encoder.weights_sha256(); }).empty());
        CHECK(message_elsewhere([&] { encoder.set_weights({}); }) == refused("encoder", "set_weights", "fit"));
        CHECK(message_elsewhere([&] { encoder.fit(kX, code_of_x, silent()); }) == refused("encoder", "fit", "fit"));
        CHECK(message_elsewhere([&] { Sequential({code}, {.name = "third"}); }) ==
              refused("third", "Sequential", "fit"));
        CHECK_NOTHROW(encoder.train_on_batch(kX, code_of_x));  // this thread is in no way of its own
        CHECK(message_elsewhere([] { small_model("other").fit(kX, kY, silent()); }).empty());
      }));
  whole.predict(Watched(kX, [&] { CHECK(message_elsewhere([&] { encoder.fit(kX, code_of_x, silent()); }).empty()); }));
}

TEST_CASE("any number of threads predict with one model", "[sequential][threads]") {
  Sequential model = small_model();
  const Tensor expected = model.predict(kX);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0, done = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const Tensor got = model.predict(kX, {.batch_size = 1 + i % 12});
        for (int64_t k = 0; k < got.size(); ++k) wrong += got.at(k) != expected.at(k);
        ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(done == 800);
}

TEST_CASE("who predicts while another trains sees the weights of one whole step", "[sequential][threads]") {
  constexpr int kEpochs = 60;
  Sequential model = small_model(), twin = small_model();
  const auto bits = [](Sequential& it) {
    const Tensor y = it.predict(kX, {.batch_size = 5});  // in three batches
    return std::vector<float>(y.data<float>().begin(), y.data<float>().end());
  };
  std::vector<std::vector<float>> after_steps{bits(twin)};
  for (int step = 0; step < 3 * kEpochs; ++step) {
    const int64_t begin = step % 3 * 4;
    twin.train_on_batch(kX.slice_rows(begin, begin + 4), kY.slice_rows(begin, begin + 4));
    after_steps.push_back(bits(twin));
  }
  std::atomic<bool> is_over = false;
  std::atomic<int> unknown = 0, backward = 0, predicted = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      size_t last = 0;
      while (!is_over) {
        const auto found = std::find(after_steps.begin(), after_steps.end(), bits(model));
        ++predicted;
        if (found == after_steps.end()) {
          ++unknown;
          continue;
        }
        const auto step = static_cast<size_t>(found - after_steps.begin());
        backward += step < last;
        last = step;
      }
    });
  }
  while (predicted < 2) std::this_thread::yield();
  model.fit(kX, kY, {.batch_size = 4, .epochs = kEpochs, .verbose = Verbose::silent, .shuffle = false});
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(unknown == 0);
  CHECK(backward == 0);
  CHECK(model.weights_sha256() == twin.weights_sha256());
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
