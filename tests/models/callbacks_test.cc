// Each callback of Reel's own: what it does to a run.
#include "reel/models/callbacks/callbacks.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "models/callback_run.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/graph/warning.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::epochs_with;
using testing::fit_with;
using testing::Line;
using testing::line_model;

TEST_CASE("EarlyStopping: stops after so many epochs without a better value", "[callback]") {
  const std::vector<double> values{5, 4, 4, 4.5, 3, 3, 3, 3};
  const auto epochs = [&](EarlyStopping stopping) {
    stopping.monitor = "given";
    if (stopping.mode == "auto") stopping.mode = "min";
    return epochs_with(values, stopping);
  };
  CHECK(epochs({.patience = 0}) == 3);
  CHECK(epochs({.patience = 1}) == 3);
  CHECK(epochs({.patience = 2}) == 4);
  CHECK(epochs({.patience = 3}) == 8);
  CHECK(epochs({.patience = 4}) == 8);
  CHECK(epochs({.min_delta = 1.5, .patience = 3}) == 4);  // 5 -> 4 is not enough, and 3 comes too late
  CHECK(epochs({.min_delta = 1.5, .patience = 4}) == 8);
  CHECK(epochs({.patience = 1, .mode = "max"}) == 2);
  CHECK(epochs({.patience = 1, .start_from_epoch = 3}) == 6);
  CHECK(epochs({.patience = 2, .baseline = 3.5}) == 3);
  CHECK(epochs({.patience = 5, .baseline = 3.5}) == 8);
}

TEST_CASE("EarlyStopping: the best epoch's weights come back, stopped or not", "[callback]") {
  for (const std::vector<double>& values : {std::vector<double>{3, 1, 2}, {3, 1, 2, 2, 2, 2}}) {
    std::vector<std::string> after;
    Sequential model = line_model();
    const CallbackPtr hashes =
        LambdaCallback{.on_epoch_end = [&](int64_t, const Logs&) { after.push_back(model.weights_sha256()); }};
    const EarlyStopping stopping{.monitor = "given", .patience = 3, .mode = "min", .restore_best_weights = true};
    const Line line(4);
    model.fit(line.x, line.y,
              {.epochs = static_cast<int64_t>(values.size()),
               .verbose = 0,
               .callbacks = {hashes, testing::given_log("given", values), stopping}});
    CHECK(after.size() == std::min<size_t>(values.size(), 5));
    CHECK(model.weights_sha256() == after[1]);
    CHECK(stopping.progress->best_epoch == 1);
  }
}

TEST_CASE("EarlyStopping: which values are better follows from the metric", "[callback]") {
  const auto better = [](const char* monitor) {
    const Line line(4);
    Sequential model =
        line_model({.loss = "mse",
                    .optimizer = SGD{},
                    .metrics = {"mae", "accuracy", "accuracy", CosineSimilarity{}, AUC{}, RootMeanSquaredError{},
                                Metric("odd", [](Var t, Var p) { return t * p; })},
                    .weighted_metrics = {"accuracy"}});
    const EarlyStopping stopping{.monitor = monitor};
    model.fit(line.x, line.y, {.verbose = 0, .callbacks = stopping, .validation_data = {line.x, line.y}});
    return stopping.progress->better;
  };
  for (const char* lower : {"loss", "val_loss", "mae", "val_mae", "root_mean_squared_error"})
    CHECK(better(lower) == Better::lower);
  for (const char* higher : {"accuracy", "val_accuracy_1", "weighted_accuracy", "cosine_similarity", "val_auc"})
    CHECK(better(higher) == Better::higher);
  CHECK_THROWS_WITH(better("odd"), Contains("EarlyStopping") && Contains("\"odd\"") && Contains("\"max\""));
}

TEST_CASE("EarlyStopping: a log that is not there is a warning", "[callback]") {
  std::string warned;
  const WarningHandler before = set_warning_handler([&](std::string_view text) { warned = text; });
  CHECK(epochs_with({1, 1}, EarlyStopping{}) == 2);
  set_warning_handler(before);
  CHECK_THAT(warned, Contains("EarlyStopping: there is no \"val_loss\" to monitor, only loss, given"));
}

TEST_CASE("ReduceLROnPlateau: lowers the rate, waits, and stops at the least", "[callback]") {
  Sequential model = line_model();
  const ReduceLROnPlateau reduce{
      .monitor = "given", .factor = 0.5, .patience = 2, .mode = "min", .cooldown = 2, .min_lr = 0.04};
  const History history = fit_with(model, {3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2}, reduce);
  CHECK(history["learning_rate"] ==
        std::vector<double>{.125, .125, .125, .0625, .0625, .0625, .04, .04, .04, .04, .04});
  CHECK(model.learning_rate() == 0.04);

  Sequential close = line_model();
  fit_with(close, {3, 2.99995, 2.99995}, ReduceLROnPlateau{.monitor = "given", .patience = 2, .mode = "min"});
  CHECK(close.learning_rate() == Approx(0.0125));
  Sequential scheduled = line_model({.loss = "mse", .optimizer = SGD{ExponentialDecay{0.1, 10, 0.5}}});
  CHECK_THROWS_AS(fit_with(scheduled, {1, 1}, ReduceLROnPlateau{.monitor = "given", .patience = 1, .mode = "min"}),
                  ValueError);
}

TEST_CASE("LearningRateScheduler: sets the rate of each epoch", "[callback]") {
  Sequential model = line_model(), other = line_model();
  const auto halves = [](int64_t epoch, double rate) { return epoch == 0 ? rate : rate / 2; };
  CHECK(fit_with(model, {0, 0, 0}, LearningRateScheduler{halves})["learning_rate"] ==
        std::vector<double>{.125, .0625, .03125});
  const auto by_epoch = [](int64_t epoch) { return 0.125 / static_cast<double>(1 << epoch); };
  fit_with(other, {0, 0, 0}, LearningRateScheduler{by_epoch});
  CHECK(model.weights_sha256() == other.weights_sha256());
  CHECK_THROWS_AS(fit_with(model, {0}, LearningRateScheduler{[](int64_t) { return -1.0; }}), ValueError);
}

TEST_CASE("CSVLogger: a line an epoch, as Keras writes it", "[callback]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "log.csv";
  const auto log = [&](CSVLogger logger, std::vector<double> values, FitOptions options = {}) {
    const Line line(4);
    Sequential model = line_model();
    const LambdaCallback sets{.on_epoch_end = [&](int64_t epoch, Logs& logs) {
      logs.set("loss", values.at(static_cast<size_t>(epoch)));
      if (logs.contains("val_loss")) logs.set("val_loss", 8);
    }};
    options.verbose = 0;
    options.epochs = static_cast<int64_t>(values.size());
    options.callbacks = {sets, logger};
    model.fit(line.x, line.y, options);
    return testing::read_text(path);
  };
  CHECK(log({.filename = path}, {0.5, 2, 1e-7, INFINITY}) == "epoch,loss\r\n0,0.5\r\n1,2.0\r\n2,1e-07\r\n3,inf\r\n");
  CHECK(log({.filename = path, .append = true}, {0.25}) ==
        "epoch,loss\r\n0,0.5\r\n1,2.0\r\n2,1e-07\r\n3,inf\r\n0,0.25\r\n");
  CHECK(log({.filename = path, .separator = ";"}, {1, 0.5}, {.validation_split = 0.5, .validation_freq = 2}) ==
        "epoch;loss;val_loss\r\n0;1.0;NA\r\n1;0.5;8.0\r\n");
  CHECK(log({.filename = path, .append = true}, {}) == "epoch;loss;val_loss\r\n0;1.0;NA\r\n1;0.5;8.0\r\n");
  CHECK_THROWS_AS(log({.filename = folder / "none/log.csv"}, {1}), DataError);
}

TEST_CASE("CSVLogger: names that need it stand in quotes", "[callback]") {
  const testing::TemporaryFolder folder;
  const Line line(4);
  Sequential model = line_model();
  const LambdaCallback sets{.on_epoch_end = [](int64_t, Logs& logs) { logs.set("a \"b\", c", 1.5); }};
  model.fit(line.x, line.y, {.verbose = 0, .callbacks = {sets, CSVLogger{.filename = folder / "q.csv"}}});
  CHECK_THAT(testing::read_text(folder / "q.csv"), Catch::StartsWith("epoch,\"a \"\"b\"\", c\",loss\r\n0,1.5,"));
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

TEST_CASE("ModelCheckpoint: each epoch's weights under its own name", "[callback]") {
  const testing::TemporaryFolder folder;
  Sequential model = line_model(), loaded = line_model();
  fit_with(model, {2.5, 0.125, 3},
           ModelCheckpoint{.filepath = folder / "deep/w-{epoch:02d}-{given:.2f}.npz", .monitor = "given"});
  CHECK(files_in(folder / "deep") == std::vector<std::string>{"w-01-2.50.npz", "w-02-0.12.npz", "w-03-3.00.npz"});
  loaded.load_weights(folder / "deep/w-03-3.00.npz");
  CHECK(loaded.weights_sha256() == model.weights_sha256());
  loaded.load_weights(folder / "deep/w-02-0.12.npz");
  CHECK(loaded.weights_sha256() != model.weights_sha256());
  CHECK_THROWS_WITH(fit_with(model, {1}, ModelCheckpoint{.filepath = folder / "{val_loss:.1f}.npz"}),
                    Contains("{val_loss:.1f}") && Contains("in braces may stand epoch, loss, given"));
  CHECK_THROWS_WITH(fit_with(model, {1}, ModelCheckpoint{.filepath = folder / "{epoch.npz"}), Contains("filepath"));
}

TEST_CASE("ModelCheckpoint: of the best alone", "[callback]") {
  const testing::TemporaryFolder folder;
  const auto saved = [&](const std::string& name, ModelCheckpoint checkpoint) {
    Sequential model = line_model();
    checkpoint.filepath = folder / (name + "/{epoch}.npz");
    checkpoint.monitor = "given";
    checkpoint.save_best_only = true;
    fit_with(model, {3, 4, 2, 2, 1}, checkpoint);
    return files_in(folder / name);
  };
  using Names = std::vector<std::string>;
  CHECK(saved("min", {.filepath = "", .mode = "min"}) == Names{"1.npz", "3.npz", "5.npz"});
  CHECK(saved("max", {.filepath = "", .mode = "max"}) == Names{"1.npz", "2.npz"});
  CHECK(saved("below", {.filepath = "", .mode = "min", .initial_value_threshold = 2}) == Names{"5.npz"});
}

TEST_CASE("ModelCheckpoint: after a number of batches, counted over epochs", "[callback]") {
  const testing::TemporaryFolder folder;
  const Line line(10);
  Sequential model = line_model();
  const ModelCheckpoint checkpoint{.filepath = folder / "{epoch}-{batch}.npz", .save_freq = 3};
  model.fit(line.x, line.y, {.batch_size = 2, .epochs = 2, .verbose = 0, .callbacks = checkpoint});
  CHECK(files_in(folder.path()) == std::vector<std::string>{"1-3.npz", "2-1.npz", "2-4.npz"});
  CHECK_THROWS_AS(SaveFrequency(0), ValueError);
  CHECK_THROWS_AS(SaveFrequency("batch"), ValueError);
}

TEST_CASE("TerminateOnNaN: training ends where it would throw, with the last good weights", "[callback]") {
  const Line line(8);
  const auto wild = [] { return line_model({.loss = "mse", .optimizer = SGD{.learning_rate = 1e30}}); };
  Sequential model = wild(), throwing = wild();
  const FitOptions options{.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false};
  CHECK_THROWS_AS(throwing.fit(line.x, line.y, options), NumericError);
  FitOptions ending = options;
  ending.callbacks = TerminateOnNaN{};
  const History history = model.fit(line.x, line.y, ending);
  CHECK(history.epochs.size() == 1);
  CHECK(!std::isfinite(history["loss"][0]));
  CHECK(model.weights_sha256() == throwing.weights_sha256());
  for (const Tensor& weight : model.get_weights()) CHECK(std::isfinite(weight.at(0)));
  Sequential raising = wild();
  ending.callbacks = TerminateOnNaN{.raise_error = true};
  CHECK_THROWS_AS(raising.fit(line.x, line.y, ending), NumericError);
}

TEST_CASE("SwapEMAWeights: validation sees the averages, training does not", "[callback]") {
  const Line line(8), held_out(5);
  const auto averaging = [] {
    return line_model(
        {.loss = "mse", .optimizer = SGD{.learning_rate = 0.1, .options = {.use_ema = true, .ema_momentum = 0.5}}});
  };
  for (const bool on_epoch : {false, true}) {
    Sequential model = averaging(), plain = averaging();
    FitOptions options{.batch_size = 4,
                       .epochs = 3,
                       .verbose = 0,
                       .validation_data = {held_out.x, held_out.y},
                       .validation_batch_size = 5};
    const History without = plain.fit(line.x, line.y, options);
    std::vector<double> at_end;
    const LambdaCallback looks{.on_epoch_end = [&](int64_t, const Logs&) {
      at_end.push_back(model.evaluate(held_out.x, held_out.y)["loss"]);
    }};
    options.callbacks = {SwapEMAWeights{.swap_on_epoch = on_epoch}, looks};
    const History swapped = model.fit(line.x, line.y, options);
    CHECK(swapped["loss"] == without["loss"]);
    CHECK(swapped["val_loss"] != without["val_loss"]);
    CHECK((at_end == swapped["val_loss"]) == on_epoch);
    // Either way the model ends with its averages.
    CHECK(model.weights_sha256() == plain.weights_sha256());
    CHECK(swapped["val_loss"].back() == model.evaluate(held_out.x, held_out.y)["loss"]);
    // And goes on from them in another run.
    const History again = model.fit(line.x, line.y, options),
                  again_without = plain.fit(line.x, line.y, {.batch_size = 4, .epochs = 3, .verbose = 0});
    CHECK(again["loss"] == again_without["loss"]);
  }
  Sequential without = line_model();
  CHECK_THROWS_WITH(without.evaluate(line.x, line.y, {.callbacks = SwapEMAWeights{}}), Contains("use_ema"));
}

TEST_CASE("ProgbarLogger: fit prints by one, and what callbacks before have added", "[callback]") {
  const Line line(4);
  std::FILE* log = std::tmpfile();
  REQUIRE(log != nullptr);
  Sequential model = line_model();
  const LearningRateScheduler schedule{[](int64_t) { return 0.5; }};
  model.fit(line.x, line.y, {.verbose = 2, .callbacks = schedule, .log = log});
  model.fit(line.x, line.y, {.verbose = 2, .callbacks = {ProgbarLogger{}, schedule}, .log = log});
  std::rewind(log);
  std::vector<std::string> lines;
  for (char text[256]; std::fgets(text, sizeof text, log) != nullptr;) lines.emplace_back(text);
  std::fclose(log);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Contains("loss: ") && Contains("learning_rate: 0.5000"));
  CHECK_THAT(lines[1], Contains("loss: ") && !Contains("learning_rate"));
}

}  // namespace
}  // namespace reel
