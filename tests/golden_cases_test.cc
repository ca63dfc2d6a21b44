// The project's cases, which Keras computed (golden/make_cases.py): that all pass, that they notice small changes and
// hold whatever the library knows by a name of Keras's; and, where $REEL_ORACLE names them, others' cases.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "golden_outcome.h"
#include "models/known_names.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/formats/npz.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/model/layer_classes.h"
#include "reel/models/optimizers/optimizer.h"
#include "reel/models/regularizers/regularizer.h"

namespace reel {
namespace {

using testing::kCannotRun;
using testing::kFailed;
using testing::known_names;
using testing::number_before;
using testing::Outcome;
using testing::run_golden;
using testing::TemporaryFolder;
using Json = nlohmann::json;

const std::string kOurCases = REEL_SOURCE_DIR "/tests/golden/cases";

TEST_CASE("the project's cases all pass", "[golden]") {
  const Json manifest = Json::parse(testing::read_text(kOurCases + "/manifest.json"));
  const Outcome outcome = run_golden(fmt::format("'{}'", kOurCases));
  INFO(outcome.output);
  CHECK(outcome.last_line() == fmt::format("{} passed, 0 failed, 0 unsupported", manifest.at("cases").size()));
  CHECK(manifest["cases"].size() > 0);
  CHECK(outcome.exit_code == 0);
}

/// The project's cases of one part, which a test may spoil.
class CopiedPart {
 public:
  explicit CopiedPart(const std::string& part) : part_(part) {
    for (const char* extension : {".json", ".npz"}) {
      std::filesystem::create_directories(std::filesystem::path(file(extension)).parent_path());
      std::filesystem::copy_file(kOurCases + "/" + part + extension, file(extension));
    }
  }
  std::string file(const std::string& extension) const { return folder_ / (part_ + extension); }
  Outcome run() const { return run_golden(folder_.path()); }

 private:
  TemporaryFolder folder_;
  std::string part_;
};

TEST_CASE("one changed number fails a case of the project's", "[golden]") {
  const auto [part, array, name] = GENERATE(table<std::string, std::string, std::string>({
      {"layers", "lstm_masked_last.y", "layers/lstm_masked_last"},
      {"layers", "gru_reset_before_last.dw1", "layers/gru_reset_before_last"},
      {"layers", "simple_rnn_masked_sequences.w2", "layers/simple_rnn_masked_sequences"},
      {"losses", "binary_rows_smoothed.y_true", "losses/binary_rows_smoothed"},
      {"metrics", "binary_accuracy_0.75.y_pred", "metrics/binary_accuracy_0.75"},
      {"optimizers", "sgd_nesterov.p1", "optimizers/sgd_nesterov"},
      {"optimizers", "lamb.p0", "optimizers/lamb"},
      {"initializers", "regularizers.l1_l2_matrix.gradient", "initializers/regularizers/l1_l2_matrix"},
      {"layers_called", "70.dw4", "layers/bidirectional_mask"},
      {"layers_called", "63.y2", "layers/stacked_cells_state"},
      {"layers_attention", "15.y1", "layers/multi_head_attention_gate_value_dim"},
      {"functional/two_and_two", "dw2", "functional/two_and_two"},
      {"training/miniatures", "gru_weighted.sample_weight", "training/miniatures/gru_weighted"},
  }));
  INFO(array);
  const CopiedPart copied(part);
  const int passed = number_before(copied.run().last_line(), "passed");
  NamedTensors arrays = load_npz(copied.file(".npz"));
  const auto changed =
      std::find_if(arrays.begin(), arrays.end(), [&](const auto& entry) { return entry.first == array; });
  REQUIRE(changed != arrays.end());
  changed->second = changed->second.clone();
  float& element = changed->second.data<float>()[changed->second.size() / 2];
  element = element > 0.5f ? 0.25f : 1;
  save_npz(copied.file(".npz"), arrays);
  const Outcome outcome = copied.run();
  CHECK(outcome.says("FAIL", name));
  CHECK(outcome.last_line() == fmt::format("{} passed, 1 failed, 0 unsupported", passed - 1));
  CHECK(outcome.exit_code == kFailed);
}

TEST_CASE("one changed option fails a case of the project's", "[golden]") {
  const auto [part, name, option, value] = GENERATE(table<std::string, std::string, std::string, Json>({
      {"layers", "lstm_masked_last", "go_backwards", true},
      {"layers", "dense_plain", "units", 3},
      {"losses", "binary_rows_smoothed", "label_smoothing", 0.19},
      {"metrics", "binary_accuracy_0.75", "threshold", 0.7499},
      {"optimizers", "adam_epsilon", "epsilon", 0.11},
      {"optimizers", "sgd_nesterov", "nesterov", false},
      {"optimizers", "sgd_accumulated", "gradient_accumulation_steps", 2},
      {"layers_called", "bidirectional_sum", "merge_mode", "ave"},
      {"layers_called", "batch_normalization_axis1_training", "momentum", 0.81},
      {"layers_called", "gru_mask_zero_output", "zero_output_for_mask", false},
      {"layers_attention", "multi_head_attention_window_causal", "sliding_window", 3},
  }));
  INFO(name);
  const CopiedPart copied(part);
  // Configs are compared in the order of their keys.
  using OrderedJson = nlohmann::ordered_json;
  OrderedJson description = OrderedJson::parse(testing::read_text(copied.file(".json")));
  for (OrderedJson& spec : description["cases"]) {
    if (spec["name"] != name) continue;
    OrderedJson& config =
        spec["config"].contains("layers") ? spec["config"]["layers"].back()["config"] : spec["config"];
    REQUIRE(config.contains(option));
    config[option] = OrderedJson::parse(value.dump());
  }
  testing::write_text(copied.file(".json"), description.dump());
  const Outcome outcome = copied.run();
  CHECK(outcome.says("FAIL", (part.starts_with("layers_") ? "layers" : part) + "/" + name));
  CHECK(number_before(outcome.last_line(), "failed") == 1);
}

/// Those of the part's file, and of what came to it later.
Json our_cases(const std::string& part, const std::string& kind = "cases") {
  Json cases = Json::parse(testing::read_text(kOurCases + "/" + part + ".json")).at(kind);
  const std::string more = kOurCases + "/" + part + "_more.json";
  if (!std::filesystem::exists(more)) return cases;
  for (const Json& spec : Json::parse(testing::read_text(more)).value(kind, Json::array())) cases.push_back(spec);
  return cases;
}

/// What cases are of, by the names that the library gives it.
template <class Made>
std::set<std::string> names_in(const std::string& part, const std::string& kind = "cases") {
  std::set<std::string> names;
  for (const Json& spec : our_cases(part, kind)) {
    // A metric is called as it was asked for, here by Keras's class.
    names.insert(snake_case(std::string(Made(spec["keras_class"].get<std::string>()).name())));
  }
  return names;
}

/// The classes of which Keras's serialized objects in `json` are.
void gather_classes(const Json& json, std::set<std::string>& classes) {
  for (const char* key : {"keras_class", "class_name"}) {
    if (json.is_object() && json.contains(key)) classes.insert(json[key].get<std::string>());
  }
  for (const Json& part : json.is_structured() ? json : Json::array()) gather_classes(part, classes);
}

std::set<std::string> classes_in(const Json& json) {
  std::set<std::string> classes;
  gather_classes(json, classes);
  return classes;
}

/// Classes of the cases that have a file each.
std::set<std::string> classes_in_folder(const std::string& folder) {
  std::set<std::string> classes;
  for (const auto& file : std::filesystem::directory_iterator(kOurCases + "/" + folder)) {
    if (file.path().extension() == ".json") gather_classes(Json::parse(testing::read_text(file.path())), classes);
  }
  return classes;
}

/// `names` that `known` does not have.
std::set<std::string> missing_in(const std::set<std::string>& known, const std::set<std::string>& names) {
  std::set<std::string> missing;
  std::set_difference(names.begin(), names.end(), known.begin(), known.end(), std::inserter(missing, missing.end()));
  return missing;
}

const std::set<std::string> kNone;

TEST_CASE("whatever the library knows by a name of Keras's has cases", "[golden]") {
  CHECK(names_in<Loss>("losses") == known_names<Loss>());
  CHECK(names_in<Optimizer>("optimizers") == known_names<Optimizer>());
  // "accuracy" is no class, and the cases that resolve it are apart; Keras's Accuracy is one, which counts equal
  // values; LogCosh is Keras's LogCoshError.
  std::set<std::string> metrics = names_in<Metric>("metrics");
  metrics.merge(std::set<std::string>{"accuracy", "Accuracy", "log_cosh"});
  // Keras calls an FBetaScore "fbeta_score".
  metrics.erase("f_beta_score");
  metrics.insert("fbeta_score");
  // Losses serve as metrics, also those of which Keras has no class of metrics.
  metrics.merge(std::set<std::string>{"binary_focal_crossentropy", "categorical_focal_crossentropy", "dice", "huber",
                                      "tversky", "categorical_generalized_cross_entropy", "circle", "ctc"});
  CHECK(metrics == known_names<Metric>());

  // Keras saves an approximation as an argument of what it approximates.
  std::set<std::string> activations{"gelu_tanh"};
  for (const char* part : {"layers", "layers_shelf"}) {
    for (const Json& spec : our_cases(part)) {
      if (spec["keras_class"] == "Activation") activations.insert(spec["config"]["activation"].get<std::string>());
    }
  }
  CHECK(activations == known_names<Activation>());
}

TEST_CASE("whatever weights begin with, pay for and keep to has cases", "[golden]") {
  const auto snake_cases = [](const std::set<std::string>& classes) {
    std::set<std::string> names;
    for (const std::string& name : classes) names.insert(snake_case(name));
    return names;
  };
  std::set<std::string> regularizers = snake_cases(classes_in(our_cases("initializers", "regularizers")));
  regularizers.erase("l1l2");
  regularizers.insert("l1_l2");  // as Keras names an L1L2
  CHECK(regularizers == testing::listed_names<Regularizer>());
  CHECK(snake_cases(classes_in(our_cases("initializers", "constraints"))) == testing::listed_names<Constraint>());
  // What others draw is not what Keras draws.
  std::set<std::string> initializers = snake_cases(classes_in(our_cases("initializers", "initializers")));
  CHECK(initializers == std::set<std::string>{"constant", "identity", "ones", "zeros"});
  CHECK(missing_in(testing::listed_names<Initializer>(), initializers) == kNone);
  CHECK(missing_in(classes_in(our_cases("optimizers", "schedules")),
                   {"CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
                    "PiecewiseConstantDecay", "PolynomialDecay"}) == kNone);
}

TEST_CASE("every class of layers has cases", "[golden]") {
  std::set<std::string> classes = classes_in(our_cases("layers"));
  for (const char* part : {"layers_called", "layers_attention", "layers_shelf"})
    classes.merge(classes_in(our_cases(part)));
  for (const char* folder : {"layers", "functional"}) classes.merge(classes_in_folder(folder));
  // Parts of what Keras runs by TensorFlow.
  classes.merge(std::set<std::string>{"TextVectorization", "StringLookup", "IntegerLookup", "Hashing"});
  if (classes.contains("GroupedQueryAttention")) classes.insert("GroupQueryAttention");  // as files call it
  const auto known = testing::names_listed_by([](const char* name) { layer_classes().named(name); });
  CHECK(known.size() > 0);
  CHECK(missing_in(classes, known) == kNone);
}

TEST_CASE("the cases in $REEL_ORACLE", "[.][oracle]") {
  const char* folder = std::getenv("REEL_ORACLE");
  if (folder == nullptr) {
    fmt::print("skipped: $REEL_ORACLE names no folder of cases\n");
    return;
  }
  const Outcome outcome = run_golden(fmt::format("'{}'", folder));
  INFO(outcome.output);
  fmt::print("{}: {}\n", folder, outcome.last_line());
  // Others' cases may ask for what the library does not have; which these are, their lines say.
  CHECK((outcome.exit_code == 0 || outcome.exit_code == kCannotRun));
  CHECK(number_before(outcome.last_line(), "passed") > 0);
}

}  // namespace
}  // namespace reel
