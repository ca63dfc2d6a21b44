// Callbacks: when they are told of what, what they may do, and what is known of them.
#include "reel/models/training/callback.h"

#include <catch2/catch.hpp>

#include "models/callback_run.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Line;
using testing::line_model;

/// Writes down what it is told.
struct Listener : Callback {
  std::vector<std::string> heard;
  std::vector<Logs> batches;

  void hear(const std::string& what) { heard.push_back(what); }
  void on_train_begin() override { hear("train"); }
  void on_train_end(const Logs& logs) override { hear("train end " + std::to_string(logs.size())); }
  void on_epoch_begin(int64_t epoch) override { hear("epoch " + std::to_string(epoch)); }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    hear("epoch end " + std::to_string(epoch) + " " + std::to_string(logs.size()));
  }
  void on_train_batch_begin(int64_t batch) override { hear("batch " + std::to_string(batch)); }
  void on_train_batch_end(int64_t batch, const Logs& logs) override {
    hear("batch end " + std::to_string(batch));
    batches.push_back(logs);
  }
  void on_test_begin() override { hear("test"); }
  void on_test_end(const Logs& logs) override { hear("test end " + std::to_string(logs.size())); }
  void on_test_batch_begin(int64_t batch) override { hear("test batch " + std::to_string(batch)); }
  void on_test_batch_end(int64_t batch, const Logs&) override { hear("test batch end " + std::to_string(batch)); }
  void on_predict_begin() override { hear("predict"); }
  void on_predict_end() override { hear("predict end"); }
  void on_predict_batch_begin(int64_t batch) override { hear("predict batch " + std::to_string(batch)); }
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs) override {
    hear("predict batch end " + std::to_string(batch) + " " + outputs.at(0).shape().str());
  }
};

TEST_CASE("callbacks: a run is told moment by moment", "[callback]") {
  const Line line(5);
  Sequential model = line_model();
  Listener listener;
  const History history = model.fit(line.x, line.y,
                                    {.batch_size = 3,
                                     .verbose = 0,
                                     .callbacks = std::ref(listener),
                                     .validation_data = {line.x, line.y},
                                     .validation_batch_size = 5});
  CHECK(listener.heard == std::vector<std::string>{"train", "epoch 0", "batch 0", "batch end 0", "batch 1",
                                                   "batch end 1", "test", "test batch 0", "test batch end 0",
                                                   "test end 1", "epoch end 0 2", "train end 2"});
  // A batch's logs are those of the epoch so far.
  CHECK(listener.batches[0]["loss"] != listener.batches[1]["loss"]);
  CHECK(listener.batches[1]["loss"] == history["loss"][0]);

  listener.heard.clear();
  model.evaluate(line.x, line.y, {.batch_size = 3, .callbacks = std::ref(listener)});
  CHECK(listener.heard == std::vector<std::string>{"test", "test batch 0", "test batch end 0", "test batch 1",
                                                   "test batch end 1", "test end 1"});
  listener.heard.clear();
  model.predict(line.x, {.batch_size = 3, .callbacks = std::ref(listener)});
  CHECK(listener.heard == std::vector<std::string>{"predict", "predict batch 0", "predict batch end 0 [3, 1]",
                                                   "predict batch 1", "predict batch end 1 [2, 1]", "predict end"});
}

TEST_CASE("callbacks: what one adds to an epoch's logs, those behind it see, and the history", "[callback]") {
  double seen = 0;
  const LambdaCallback reads{.on_epoch_end = [&](int64_t, const Logs& logs) { seen = logs["mine"]; }};
  const LambdaCallback adds{.on_epoch_end = [](int64_t epoch, Logs& logs) { logs.set("mine", 7 + epoch); }};
  const Line line(3);
  Sequential model = line_model();
  const History history = model.fit(line.x, line.y, {.epochs = 2, .verbose = 0, .callbacks = {adds, reads}});
  CHECK(seen == 8);
  CHECK(history["mine"] == std::vector<double>{7, 8});
  CHECK_THROWS_AS(model.fit(line.x, line.y, {.verbose = 0, .callbacks = {reads, adds}}), ValueError);
}

TEST_CASE("callbacks: the model and the run are at hand, but only during one", "[callback]") {
  struct Asks : Callback {
    int64_t epochs = 0, steps = 0;
    bool validates = false, silent = false;
    double loss = 0;
    void on_epoch_end(int64_t, Logs&) override {
      epochs = params().epochs;
      steps = params().steps;
      validates = params().validates;
      silent = params().verbose == Verbose::silent;
      loss = model().evaluate(Line(5).x, Line(5).y)["loss"];
    }
  };
  const Line line(5);
  Sequential model = line_model();
  const auto asks = std::make_shared<Asks>();
  CHECK_THROWS_AS(asks->model(), Error);
  CHECK_THROWS_AS(asks->stop_training(), Error);
  model.fit(line.x, line.y, {.batch_size = 2, .epochs = 4, .verbose = 0, .callbacks = asks, .validation_split = 0.2});
  CHECK(asks->epochs == 4);
  CHECK(asks->steps == 2);
  CHECK(asks->validates);
  CHECK(asks->silent);
  CHECK(asks->loss == model.evaluate(line.x, line.y)["loss"]);
  CHECK_THROWS_AS(asks->model(), Error);
  CHECK_THROWS_WITH(model.fit(line.x, line.y, {.callbacks = {CallbackPtr()}}), Contains("expected a callback"));
}

TEST_CASE("callbacks: training stops after the batch that one asks at, and the epoch ends", "[callback]") {
  struct Stops : Callback {
    void on_train_batch_end(int64_t batch, const Logs&) override {
      if (batch == 1) stop_training();
    }
  };
  const Line line(10);
  Sequential model = line_model(), other = line_model();
  Listener listener;
  const History history = model.fit(
      line.x, line.y,
      {.batch_size = 2, .epochs = 3, .verbose = 0, .callbacks = {Stops{}, std::ref(listener)}, .shuffle = false});
  CHECK(history.epochs.size() == 1);
  CHECK(listener.batches.size() == 2);
  CHECK(listener.heard.back() == "train end 1");
  for (const int64_t begin : {0, 2}) {
    other.train_on_batch(line.x.slice_rows(begin, begin + 2), line.y.slice_rows(begin, begin + 2));
  }
  CHECK(model.weights_sha256() == other.weights_sha256());
  // The next run begins as if nobody had asked.
  CHECK(model.fit(line.x, line.y, {.epochs = 2, .verbose = 0}).epochs.size() == 2);
  const LambdaCallback by_model{.on_epoch_end = [&] { model.stop_training(); }};
  CHECK(model.fit(line.x, line.y, {.epochs = 2, .verbose = 0, .callbacks = by_model}).epochs.size() == 1);
}

TEST_CASE("callbacks: an exception of one ends the run, and the model goes on", "[callback]") {
  const Line line(4);
  Sequential model = line_model();
  const LambdaCallback throws{.on_train_batch_end = [] { throw DataError("mine"); }};
  CHECK_THROWS_WITH(model.fit(line.x, line.y, {.verbose = 0, .callbacks = throws}), "mine");
  CHECK_THROWS_WITH(
      model.evaluate(line.x, line.y,
                     {.callbacks = LambdaCallback{.on_test_batch_end = [] { throw DataError("mine too"); }}}),
      "mine too");
  CHECK_NOTHROW(model.fit(line.x, line.y, {.verbose = 0}));
}

TEST_CASE("callbacks: weights may be set between batches of an evaluation", "[callback]") {
  const Line line(6);
  Sequential model = line_model();
  const std::vector<Tensor> zeros{Tensor::zeros({2, 1}), Tensor::zeros({1})};
  const LambdaCallback clears{.on_test_batch_end = [&] { model.set_weights(zeros); }};
  model.evaluate(line.x, line.y, {.batch_size = 3, .callbacks = clears});
  CHECK(model.get_weights()[0].at(0) == 0);
}

TEST_CASE("callbacks: LambdaCallback calls its function of every moment", "[callback]") {
  int calls = 0;
  const auto count = [&] { ++calls; };
  const LambdaCallback all{.on_epoch_begin = count,
                           .on_epoch_end = count,
                           .on_train_begin = count,
                           .on_train_end = count,
                           .on_train_batch_begin = count,
                           .on_train_batch_end = count,
                           .on_test_begin = count,
                           .on_test_end = count,
                           .on_test_batch_begin = count,
                           .on_test_batch_end = count,
                           .on_predict_begin = count,
                           .on_predict_end = count,
                           .on_predict_batch_begin = count,
                           .on_predict_batch_end = count};
  const Line line(3);
  Sequential model = line_model();
  model.fit(line.x, line.y, {.verbose = 0, .callbacks = all});
  CHECK(calls == 6);
  model.evaluate(line.x, line.y, {.callbacks = all});
  CHECK(calls == 10);
  model.predict(line.x, {.callbacks = all});
  CHECK(calls == 14);
}

TEST_CASE("callbacks: copies and pointers are the same callback", "[callback]") {
  EarlyStopping stopping{.monitor = "given", .mode = "min"};
  const EarlyStopping copy = stopping;
  CHECK(testing::epochs_with({3, 2, 4, 1}, stopping) == 3);
  CHECK(stopping.progress->stopped_epoch == 2);
  CHECK(copy.progress->best == 2.0);
}

/// A class of another repository.
struct Mine : Callback {
  int64_t count = 3, done = 0;
  std::string class_name() const override { return "test>Mine"; }
  void fields(Fields& f) override { f("count", count); }
  void state(StateFields& f) override { f("done", done); }
  void on_epoch_end(int64_t, Logs&) override {
    if (++done >= count) stop_training();
  }
};

TEST_CASE("callbacks: configs, also of one's own", "[callback]") {
  register_callback<Mine>();
  Mine two;
  two.count = 2;
  const CallbackPtr all[] = {EarlyStopping{.monitor = "accuracy", .patience = 4, .baseline = 0.5},
                             ReduceLROnPlateau{.factor = 0.5, .min_lr = 1e-5},
                             ModelCheckpoint{.filepath = "a.npz", .save_freq = 7},
                             CSVLogger{.filename = "a.csv", .append = true},
                             TerminateOnNaN{.raise_error = true},
                             SwapEMAWeights{.swap_on_epoch = true},
                             ProgbarLogger{},
                             std::make_shared<Mine>(two),
                             BackupAndRestore{.backup_dir = "b", .save_freq = 5, .double_checkpoint = true}};
  for (const CallbackPtr& callback : all) {
    INFO(callback.config().str());
    CHECK(CallbackPtr::from_config(callback.config()).config() == callback.config());
  }
  CHECK(all[0].config() ==
        Config::parse(R"({"module": "keras.callbacks", "class_name": "EarlyStopping", "config": {"monitor": "accuracy",
            "min_delta": 0.0, "patience": 4, "verbose": 0, "mode": "auto", "baseline": 0.5,
            "restore_best_weights": false, "start_from_epoch": 0}, "registered_name": null})"));
  CHECK(testing::epochs_with({1, 1, 1, 1}, CallbackPtr::from_config(all[7].config())) == 2);
}

TEST_CASE("callbacks: what is no config is refused in one line", "[callback]") {
  const auto made = [](const char* name, const char* config) {
    return CallbackPtr::from_config(
        Config::parse(std::string(R"({"class_name": ")") + name + R"(", "config": )" + config + "}"));
  };
  CHECK_THROWS_AS(Config::parse("1e999"), ValueError);  // beyond all doubles
  CHECK_THROWS_WITH(made("EarlyStoping", "{}"), Contains("EarlyStoping") && Contains("EarlyStopping"));
  CHECK_THROWS_WITH(made("EarlyStopping", R"({"patiense": 3})"), Contains("patiense") && Contains("patience"));
  CHECK_THROWS_WITH(made("CSVLogger", "{}"), Contains("\"filename\" is missing"));
  CHECK_THROWS_WITH(made("ModelCheckpoint", R"({"filepath": "a.npz", "save_freq": "day"})"), Contains("\"epoch\""));
  CHECK_THROWS_WITH(CallbackPtr(LambdaCallback{}).config(), Contains("a function has no config"));
  CHECK_THROWS_WITH(CallbackPtr(LearningRateScheduler{}), Contains("expected a function of the epoch, got none"));
  CHECK_THROWS_WITH(CallbackPtr(EarlyStopping{.mode = "best"}), Contains("\"auto\", \"min\" or \"max\", got \"best\""));
  CHECK_THROWS_WITH(CallbackPtr(EarlyStopping{.patience = -1}), "EarlyStopping: patience must be at least 0, got -1");
  CHECK_THROWS_WITH(CallbackPtr(ReduceLROnPlateau{.factor = 1}), "ReduceLROnPlateau: factor must be below 1, got 1");
  CHECK_THROWS_WITH(CallbackPtr(ModelCheckpoint{.filepath = "m.pt"}), Contains(".safetensors, got \"m.pt\""));
  CHECK_THROWS_AS(CallbackPtr(ModelCheckpoint{.filepath = "m.keras", .save_weights_only = true}), ValueError);
  CHECK_THROWS_WITH(CallbackPtr(CSVLogger{.filename = "a", .separator = ", "}), Contains("one character"));
  CHECK_THROWS_AS(CallbackPtr(std::shared_ptr<Mine>()), ValueError);
}

TEST_CASE("callbacks: what one has come to can be kept and given to another", "[callback]") {
  const EarlyStopping stopping{.monitor = "given", .patience = 5, .mode = "min", .restore_best_weights = true};
  Sequential model = line_model();
  testing::fit_with(model, {3, 1, 2}, stopping);
  const CallbackState kept = state_of(stopping);
  CHECK(kept.numbers == Config::parse(R"({"wait": 1, "stopped_epoch": 0, "best_epoch": 1, "best": 1.0})"));
  REQUIRE(kept.tensors.size() == 2);
  CHECK(kept.tensors[1].first == "best_weights/1");

  const EarlyStopping other;
  set_state(other, kept);
  CHECK(other.progress->wait == 1);
  CHECK(other.progress->best == 1.0);
  REQUIRE(other.progress->best_weights.size() == 2);
  CHECK(other.progress->best_weights[0].at(1) == stopping.progress->best_weights[0].at(1));
  CHECK(other.progress->best_weights[0].raw() != stopping.progress->best_weights[0].raw());

  CHECK_THROWS_AS(set_state(TerminateOnNaN{}, kept), ValueError);
  CallbackState more = kept;
  more.tensors.emplace_back("what/0", Tensor::zeros({1}));
  CHECK_THROWS_WITH(set_state(other, more), Contains("no tensor \"what/0\""));
  const auto mine = std::make_shared<Mine>();
  mine->done = 9;
  CHECK(state_of(mine).numbers == Config::parse(R"({"done": 9})"));
}

}  // namespace
}  // namespace reel
