// reel-golden itself, on cases made up here whose numbers a few lines of double arithmetic give.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "golden_outcome.h"
#include "models/temporary_folder.h"
#include "reel/models/formats/npz.h"

namespace reel {
namespace {

using testing::check_all;
using testing::kCannotRun;
using testing::kFailed;
using testing::kMisused;
using testing::Outcome;
using testing::run_golden;
using testing::TemporaryFolder;
using Json = nlohmann::json;

/// A Dense case of one weight and one bias a unit: y = tanh(x W + b), with the gradients of sum(y g).
struct DenseCase {
  static constexpr int kRows = 3, kIn = 2, kOut = 2;
  std::vector<float> x{0.5f, -1.0f, 0.25f, 2.0f, -0.75f, 0.125f}, w{0.3f, -0.6f, 0.9f, 0.2f}, b{0.1f, -0.2f};
  std::vector<float> g{1.0f, -0.5f, 0.25f, 2.0f, -1.5f, 0.75f};
  std::vector<float> y, dx, dw, db;

  DenseCase() : y(kRows * kOut), dx(kRows * kIn), dw(kIn * kOut), db(kOut) {
    for (int r = 0; r < kRows; ++r) {
      for (int o = 0; o < kOut; ++o) {
        double z = b[o];
        for (int i = 0; i < kIn; ++i) z += double{x[r * kIn + i]} * w[i * kOut + o];
        const double t = std::tanh(z), dz = g[r * kOut + o] * (1 - t * t);
        y[r * kOut + o] = static_cast<float>(t);
        db[o] += static_cast<float>(dz);
        for (int i = 0; i < kIn; ++i) {
          dx[r * kIn + i] += static_cast<float>(dz * w[i * kOut + o]);
          dw[i * kOut + o] += static_cast<float>(dz * x[r * kIn + i]);
        }
      }
    }
  }

  static Json spec() {
    const auto weight = [](const char* array, const char* gradient) {
      return Json{{"array", array}, {"gradient", gradient}, {"trainable", true}};
    };
    return {{"keras_class", "Dense"},
            {"config", {{"name", "dense"}, {"units", kOut}, {"activation", "tanh"}, {"use_bias", true}}},
            {"training", false},
            {"inputs", {{{"array", "x"}, {"gradient", "dx"}}}},
            {"call_kwargs", Json::object()},
            {"post", nullptr},
            {"weights", {weight("w0", "dw0"), weight("w1", "dw1")}},
            {"output", {{"array", "y"}}},
            {"cotangent", "g"}};
  }

  void save(const TemporaryFolder& folder, const std::string& name, const Json& description) const {
    testing::write_text(folder / ("layers/" + name + ".json"), description.dump());
    save_npz(folder / ("layers/" + name + ".npz"), {{"x", Tensor::of(Shape{kRows, kIn}, x)},
                                                    {"w0", Tensor::of(Shape{kIn, kOut}, w)},
                                                    {"w1", Tensor::of(Shape{kOut}, b)},
                                                    {"g", Tensor::of(Shape{kRows, kOut}, g)},
                                                    {"y", Tensor::of(Shape{kRows, kOut}, y)},
                                                    {"dx", Tensor::of(Shape{kRows, kIn}, dx)},
                                                    {"dw0", Tensor::of(Shape{kIn, kOut}, dw)},
                                                    {"dw1", Tensor::of(Shape{kOut}, db)}});
  }
};

/// Two steps of p -= 0.5 g, the second result shifted by `error`.
void save_sgd(const TemporaryFolder& folder, float error) {
  testing::write_text(folder / "optimizers.json", R"({"steps": 2, "inputs": {"p0": "p0", "g0": "g0"}, "cases": [
    {"name": "plain", "keras_class": "SGD", "arrays": {"p0": "plain.p0"},
     "config": {"name": "sgd", "learning_rate": 0.5, "weight_decay": null, "clipnorm": null, "global_clipnorm": null,
                "clipvalue": null, "use_ema": false, "ema_momentum": 0.99, "ema_overwrite_frequency": null,
                "loss_scale_factor": null, "gradient_accumulation_steps": null, "momentum": 0.0, "nesterov": false}}]})");
  save_npz(folder / "optimizers.npz", {{"p0", Tensor::of<float>({2}, {1, 2})},
                                       {"g0", Tensor::of<float>({2, 2}, {0.5f, -1, 1, 0.25f})},
                                       {"plain.p0", Tensor::of<float>({2, 2}, {0.75f, 2.5f, 0.25f, 2.375f + error})}});
}

TEST_CASE("reel-golden passes what is right", "[golden]") {
  const TemporaryFolder folder;
  DenseCase().save(folder, "right", DenseCase::spec());
  save_sgd(folder, 0);
  const Outcome outcome = run_golden(folder.path());
  CHECK(outcome.says("ok", "layers/right"));
  CHECK(outcome.says("ok", "optimizers/plain"));
  CHECK(outcome.last_line() == "2 passed, 0 failed, 0 unsupported");
  CHECK(outcome.exit_code == 0);
  CHECK(run_golden(folder.path() + " --verbose").output.find("dw1 ") != std::string::npos);
}

TEST_CASE("reel-golden fails what is wrong", "[golden]") {
  const TemporaryFolder folder;
  for (auto [name, array, element] : {std::tuple{"y", &DenseCase::y, 4}, std::tuple{"dx", &DenseCase::dx, 0},
                                      std::tuple{"dw0", &DenseCase::dw, 3}, std::tuple{"dw1", &DenseCase::db, 1}}) {
    DenseCase wrong;
    (wrong.*array)[static_cast<size_t>(element)] += 1e-4f;
    wrong.save(folder, name, DenseCase::spec());
  }
  DenseCase not_a_number;
  not_a_number.x[2] = std::numeric_limits<float>::quiet_NaN();
  not_a_number.save(folder, "nan", DenseCase::spec());
  Json other_shape = DenseCase::spec();
  other_shape["config"]["units"] = 3;
  DenseCase().save(folder, "shape", other_shape);
  testing::write_text(folder / "layers/index.json", R"({"cases": [{"name": "lost"}]})");
  save_sgd(folder, 1e-3f);
  const Outcome outcome = run_golden(folder.path());
  check_all(outcome, "FAIL",
            {"layers/y", "layers/dx", "layers/dw0", "layers/dw1", "layers/nan", "layers/shape", "layers/lost",
             "optimizers/plain"});
  CHECK(outcome.output.find("dw0: off by 0.0001, allowed") != std::string::npos);
  CHECK(outcome.last_line() == "0 passed, 8 failed, 0 unsupported");
  CHECK(outcome.exit_code == kFailed);
}

TEST_CASE("reel-golden never passes what does not exist", "[golden]") {
  const TemporaryFolder folder;
  const auto save = [&](const std::string& name, auto change) {
    Json spec = DenseCase::spec();
    change(spec);
    DenseCase().save(folder, name, spec);
  };
  save("class", [](Json& spec) { spec["keras_class"] = "Conv9D"; });
  save("option", [](Json& spec) { spec["config"]["lora_ranks"] = 4; });
  save("activation", [](Json& spec) { spec["config"]["activation"] = "wavy"; });
  save("dtype", [](Json& spec) { spec["config"]["dtype"] = "float16"; });
  save("call", [](Json& spec) { spec["call_kwargs"] = {{"wobble", "m"}}; });
  save("within", [](Json& spec) {
    spec["keras_class"] = "Sequential";
    spec["config"] = {{"layers", {{{"class_name", "Conv9D"}, {"config", Json::object()}}}}};
  });
  save("off", [](Json& spec) { spec["config"]["quantization_config"] = nullptr; });
  testing::write_text(folder / "files/index.json", R"({"model": {"files": ["model.keras"]}})");
  const Outcome outcome = run_golden(folder.path());
  check_all(outcome, "unsupported",
            {"layers/class", "layers/option", "layers/activation", "layers/dtype", "layers/call", "layers/within"});
  CHECK(outcome.says("FAIL", "files"));
  CHECK(outcome.says("ok", "layers/off"));
  CHECK(outcome.output.find("\"lora_ranks\" is not known") != std::string::npos);
  CHECK(outcome.last_line() == "1 passed, 1 failed, 6 unsupported");
  CHECK(outcome.exit_code == kFailed);
}

TEST_CASE("reel-golden refuses folders without cases", "[golden]") {
  const TemporaryFolder folder;
  CHECK(run_golden(folder.path()).exit_code == kMisused);
  CHECK(run_golden(folder / "missing").exit_code == kMisused);
  CHECK(run_golden("").exit_code == kMisused);
  CHECK(run_golden(folder.path() + " --wrong").exit_code == kMisused);
}

TEST_CASE("reel-golden passes no kind of case that it does not know", "[golden]") {
  const TemporaryFolder folder;
  testing::write_text(folder / "rooms/kitchen.json", "{}");
  testing::write_text(folder / "hats.json", R"({"tall": [{"name": "top"}, {"name": "stovepipe"}]})");
  testing::write_text(folder / "training/fast.json", R"({"laps": []})");
  testing::write_text(folder / "preprocessing.json", R"({"cutting": {"cases": [{}, {}]}})");
  const Outcome outcome = run_golden(folder.path());
  check_all(outcome, "unsupported",
            {"rooms/kitchen", "hats/tall/top", "hats/tall/stovepipe", "training/fast", "preprocessing/cutting[0]",
             "preprocessing/cutting[1]"});
  CHECK(outcome.last_line() == "0 passed, 0 failed, 6 unsupported");
  CHECK(outcome.exit_code == kCannotRun);
}

TEST_CASE("reel-golden fails files that are damaged or missing", "[golden]") {
  const TemporaryFolder folder;
  for (const char* name : {"no-numbers", "half-numbers", "no-description", "half-description"}) {
    DenseCase().save(folder, name, DenseCase::spec());
  }
  std::filesystem::remove(folder / "layers/no-numbers.npz");
  std::filesystem::resize_file(folder / "layers/half-numbers.npz", 300);
  std::filesystem::remove(folder / "layers/no-description.json");
  std::filesystem::resize_file(folder / "layers/half-description.json", 50);
  save_sgd(folder, 0);
  std::filesystem::remove(folder / "optimizers.json");
  testing::write_text(folder / "losses.json", R"({"cases": []})");
  const Outcome outcome = run_golden(folder.path());
  check_all(outcome, "FAIL",
            {"layers/no-numbers", "layers/half-numbers", "layers/no-description", "layers/half-description",
             "optimizers", "losses"});
  CHECK(outcome.last_line() == "0 passed, 6 failed, 0 unsupported");
  CHECK(outcome.exit_code == kFailed);
}

TEST_CASE("reel-golden holds a folder to its manifest", "[golden]") {
  const TemporaryFolder folder;
  DenseCase().save(folder, "dense", DenseCase::spec());
  const auto outcome_of = [&](const std::string& manifest) {
    testing::write_text(folder / "manifest.json", manifest);
    return run_golden(folder.path());
  };
  CHECK(outcome_of(R"({"cases": ["layers/dense"]})").exit_code == 0);

  const Outcome lost = outcome_of(R"({"cases": ["layers/dense", "layers/lost"]})");
  CHECK(lost.says("FAIL", "layers/lost"));
  CHECK(lost.last_line() == "1 passed, 1 failed, 0 unsupported");
  CHECK(lost.exit_code == kFailed);

  const Outcome unlisted = outcome_of(R"({"cases": []})");
  CHECK(unlisted.says("FAIL", "layers/dense"));
  CHECK(unlisted.last_line() == "0 passed, 1 failed, 0 unsupported");
  CHECK(unlisted.exit_code == kFailed);

  CHECK(outcome_of(R"({"cases": )").says("FAIL", "manifest"));
  CHECK(outcome_of("{}").exit_code == kFailed);
}

}  // namespace
}  // namespace reel
