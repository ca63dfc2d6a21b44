// reel-golden itself, on cases made up here whose numbers a few lines of double arithmetic give; and, where
// $REEL_ORACLE names them, the cases that Keras computed.
#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "models/temporary_folder.h"
#include "reel/models/formats/npz.h"

namespace reel {
namespace {

using testing::TemporaryFolder;
using Json = nlohmann::json;

struct Outcome {
  int exit_code;
  std::string output;

  std::string last_line() const {
    const size_t end = output.find_last_not_of('\n');
    const size_t begin = output.find_last_of('\n', end);
    return output.substr(begin + 1, end - begin);
  }
  /// Whether a line has this verdict and case, whatever follows.
  bool says(const std::string& verdict, const std::string& name) const {
    return output.find(fmt::format("{:<11} {}  ", verdict, name)) != output.npos;
  }
};

Outcome run_golden(const std::string& arguments) {
  const std::string command = fmt::format("'{}/reel-golden' {} 2>&1", REEL_BINARY_DIR, arguments);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome out;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.output.append(buffer, n);
  out.exit_code = WEXITSTATUS(::pclose(pipe));
  INFO(out.output);
  return out;
}

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
  const Json index{{"steps", 2},
                   {"inputs", {{"p0", "p0"}, {"g0", "g0"}}},
                   {"cases",
                    {{{"name", "plain"},
                      {"keras_class", "SGD"},
                      {"config", {{"name", "sgd"}, {"learning_rate", 0.5}, {"momentum", 0.0}, {"use_ema", false}}},
                      {"arrays", {{"p0", "plain.p0"}}}}}}};
  testing::write_text(folder / "optimizers.json", index.dump());
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
  for (const char* name : {"layers/y", "layers/dx", "layers/dw0", "layers/dw1", "layers/nan", "layers/shape",
                           "layers/lost", "optimizers/plain"}) {
    INFO(name);
    CHECK(outcome.says("FAIL", name));
  }
  CHECK(outcome.output.find("dw0: off by 0.0001, allowed") != std::string::npos);
  CHECK(outcome.last_line() == "0 passed, 8 failed, 0 unsupported");
  CHECK(outcome.exit_code == 1);
}

TEST_CASE("reel-golden never passes what does not exist", "[golden]") {
  const TemporaryFolder folder;
  const auto save = [&](const std::string& name, auto change) {
    Json spec = DenseCase::spec();
    change(spec);
    DenseCase().save(folder, name, spec);
  };
  save("class", [](Json& spec) { spec["keras_class"] = "Conv9D"; });
  save("option", [](Json& spec) { spec["config"]["lora_rank"] = 4; });
  save("activation", [](Json& spec) { spec["config"]["activation"] = "wavy"; });
  save("dtype", [](Json& spec) { spec["config"]["dtype"] = "float16"; });
  save("call", [](Json& spec) { spec["call_kwargs"] = {{"mask", "m"}}; });
  save("within", [](Json& spec) {
    spec["keras_class"] = "Sequential";
    spec["config"] = {{"layers", {{{"class_name", "Conv9D"}, {"config", Json::object()}}}}};
  });
  save("off", [](Json& spec) { spec["config"]["lora_rank"] = nullptr; });
  testing::write_text(folder / "files/index.json", R"({"model": {"files": ["model.keras", "model.h5"]}})");
  const Outcome outcome = run_golden(folder.path());
  for (const char* name : {"layers/class", "layers/option", "layers/activation", "layers/dtype", "layers/call",
                           "layers/within", "files/model.keras", "files/model.h5"}) {
    INFO(name);
    CHECK(outcome.says("unsupported", name));
  }
  CHECK(outcome.says("ok", "layers/off"));
  CHECK(outcome.output.find("lora_rank = 4") != std::string::npos);
  CHECK(outcome.last_line() == "1 passed, 0 failed, 8 unsupported");
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("reel-golden refuses folders without cases", "[golden]") {
  const TemporaryFolder folder;
  CHECK(run_golden(folder.path()).exit_code == 2);
  CHECK(run_golden(folder / "missing").exit_code == 2);
  CHECK(run_golden("").exit_code == 2);
  CHECK(run_golden(folder.path() + " --wrong").exit_code == 2);
}

int number_before(const std::string& totals, const std::string& word) {
  const size_t end = totals.find(" " + word);
  REQUIRE(end != totals.npos);
  const size_t comma = totals.rfind(' ', end - 1);
  return std::stoi(totals.substr(comma == totals.npos ? 0 : comma + 1, end));
}

TEST_CASE("the cases that Keras computed", "[.][oracle]") {
  // Grows with the library: what once passed must go on passing.
  constexpr int kShouldPass = 166;
  const char* folder = std::getenv("REEL_ORACLE");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) {
    fmt::print("skipped: no folder of cases in $REEL_ORACLE\n");
    return;
  }
  const Outcome outcome = run_golden(fmt::format("'{}'", folder));
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  // Training runs whose data are not on this machine are no fault of the library's.
  int without_data = 0;
  const std::string marker = "unsupported training/";
  for (size_t at = 0; (at = outcome.output.find(marker, at)) != outcome.output.npos; ++at) ++without_data;
  CHECK(number_before(outcome.last_line(), "failed") == 0);
  CHECK(number_before(outcome.last_line(), "passed") + without_data >= kShouldPass);
}

}  // namespace
}  // namespace reel
