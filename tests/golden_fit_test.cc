// reel-golden on a run of fit made up here, whose numbers a few lines of arithmetic give, and with one of them changed.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "golden_outcome.h"
#include "models/temporary_folder.h"
#include "reel/models/formats/npz.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using testing::kFailed;
using testing::Outcome;
using testing::run_golden;
using testing::TemporaryFolder;
using Json = nlohmann::ordered_json;

/// y = w x with one weight, of rows x = 1, t = 0: a step of SGD makes w of it w (1 - 2 rate).
constexpr float kStart = 4, kRate = 0.25f;

Json model_config() {
  Sequential model({Input({1}), Dense(1, {.use_bias = false})}, {.name = "line"});
  return Json::parse(LayerPtr(model).config().str())["config"];
}

/// Two epochs of two batches, of which the second one's loss is not better than 0.2, then what is left evaluated.
Json spec() {
  const Json compile{{"op", "compile"},    {"optimizer", Json::parse(Optimizer(SGD{kRate}).config().str())},
                     {"loss", "mse"},      {"loss_weights", nullptr},
                     {"metrics", nullptr}, {"weighted_metrics", nullptr}};
  const Json stopping{{"class", "EarlyStopping"}, {"config", {{"monitor", "loss"}, {"min_delta", 100}}}};
  const Json fit{{"op", "fit"},
                 {"args", {{"batch_size", 1}, {"epochs", 5}, {"shuffle", false}}},
                 {"data", {{"x", "x"}, {"y", "y"}}},
                 {"callbacks",
                  {stopping,
                   {{"class", "CSVLogger"}, {"config", {{"filename", "log.csv"}}}},
                   {{"class", "ModelCheckpoint"}, {"config", {{"filepath", "m-{epoch:02d}.keras"}}}}}},
                 {"result",
                  {{"epochs", {0, 1}},
                   {"batches", 4},
                   {"history", {{"loss", "r1.history.loss"}}},
                   {"iterations", 4},
                   {"early_stopping", {{"stopped_epoch", 1}, {"best_epoch", 0}, {"best", 10.0}, {"wait", 1}}}}}};
  const Json evaluate{{"op", "evaluate"},
                      {"args", {{"batch_size", 2}, {"steps", 1}}},
                      {"data", {{"x", "x"}, {"y", "y"}}},
                      {"result", {{"loss", "r2.loss"}}}};
  return {
      {"name", "line"},
      {"keras_class", "Sequential"},
      {"config", model_config()},
      {"weights", {{{"array", "w0"}, {"final", "w0_final"}}}},
      {"script", {compile, fit, evaluate}},
      {"files", {{"log.csv", "epoch,loss\r\n0,10.0\r\n1,0.625\r\n"}, {"m-01.keras", nullptr}, {"m-02.keras", nullptr}}},
      {"perturbation", nullptr}};
}

/// Losses w^2 of w = 4, 2, 1, 0.5, and then of 0.25.
NamedTensors arrays() {
  return {{"x", Tensor::ones({2, 1})},
          {"y", Tensor::zeros({2, 1})},
          {"w0", Tensor::full({1, 1}, kStart)},
          {"w0_final", Tensor::full({1, 1}, 0.25)},
          {"r1.history.loss", Tensor::of<float>({2}, {(16.0f + 4) / 2, (1 + 0.25f) / 2})},
          {"r2.loss", Tensor::of<float>({1}, {0.0625f})}};
}

Outcome replay(const Json& described, const NamedTensors& stored) {
  const TemporaryFolder folder;
  testing::write_text(folder / "fit/line.json", described.dump());
  save_npz(folder / "fit/line.npz", stored);
  return run_golden(folder.path());
}

TEST_CASE("reel-golden replays a run of fit", "[golden]") {
  const Outcome outcome = replay(spec(), arrays());
  INFO(outcome.output);
  CHECK(outcome.last_line() == "1 passed, 0 failed, 0 unsupported");
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("reel-golden fails a run of fit with one result changed", "[golden]") {
  for (const char* path : {"/script/1/result/epochs/1", "/script/1/result/batches", "/script/1/result/iterations",
                           "/script/1/result/early_stopping/stopped_epoch", "/script/1/result/early_stopping/best",
                           "/script/1/result/early_stopping/wait", "/script/1/args/epochs", "/script/1/args/batch_size",
                           "/script/2/args/batch_size"}) {
    Json changed = spec();
    Json& value = changed[Json::json_pointer(path)];
    value = std::string(path) == "/script/1/args/epochs" ? Json(1) : Json(value.get<double>() == 1 ? 2 : 1);
    if (std::string(path) == "/script/2/args/batch_size") value = 0;
    INFO(path);
    CHECK(replay(changed, arrays()).exit_code == kFailed);
  }
  for (const auto& [name, text] : {std::pair{"log.csv", Json("epoch,loss\r\n0,10.0\r\n1,0.6\r\n")},
                                   {"log.csv", Json("epoch,mae\r\n0,10.0\r\n1,0.625\r\n")},
                                   {"m-03.keras", Json()}}) {
    Json changed = spec();
    changed["files"][name] = text;
    CHECK(replay(changed, arrays()).exit_code == kFailed);
  }
  for (const char* name : {"w0_final", "r1.history.loss", "r2.loss"}) {
    NamedTensors changed = arrays();
    for (auto& [key, tensor] : changed) {
      if (key == name) tensor.data<float>()[0] += 1e-3f;
    }
    CHECK(replay(spec(), changed).exit_code == kFailed);
  }
}

TEST_CASE("reel-golden tells what a run of fit asks for that there is not", "[golden]") {
  Json unknown = spec();
  unknown["script"][2]["op"] = "export";
  const Outcome operation = replay(unknown, arrays());
  CHECK(operation.says("unsupported", "fit/line"));
  CHECK(operation.output.find("no operation export") != std::string::npos);
  Json option = spec();
  option["script"][1]["args"]["workers"] = 3;
  CHECK(replay(option, arrays()).says("unsupported", "fit/line"));
}

}  // namespace
}  // namespace reel
