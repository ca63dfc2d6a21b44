#include "golden/fit_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "golden/config.h"
#include "golden/described.h"
#include "golden/layer_case.h"
#include "reel/models/callbacks/callbacks.h"
#include "reel/models/training/compile_config.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr double kRelative = 2e-5, kAbsolute = 1e-5, kTimesPerturbation = 10;

/// The larger of what a perturbed run differed by, and the least that a run can be held to.
Tolerance tolerance_of(const OrderedJson& perturbation) {
  double largest = 0;
  if (perturbation.is_object()) {
    for (const auto& [what, difference] : perturbation.items()) {
      if (difference.is_number()) largest = std::max(largest, difference.get<double>());
    }
  }
  return {kRelative, std::max(kAbsolute, kTimesPerturbation * largest)};
}

Model made(const OrderedJson& spec) {
  require_classes(spec.at("config"));
  return Model::from_config(config_of(serialized_json(spec.at("keras_class"), spec.at("config"))));
}

/// The file that is written here where Keras writes one of its own formats.
std::string as_npz(std::string path) {
  for (const std::string_view extension : {".weights.h5", ".keras"}) {
    if (path.ends_with(extension)) return path.substr(0, path.size() - extension.size()) + ".npz";
  }
  return path;
}

ClassWeights class_weights(const Json& json) {
  ClassWeights weights;
  for (const auto& [name, weight] : json.items()) weights[std::stoll(name)] = weight.get<double>();
  return weights;
}

std::optional<int64_t> steps_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<int64_t>());
}

/// What `fit` was called with but for its data and callbacks.
FitOptions fit_options(const OrderedJson& operation) {
  const std::string owner = "fit";
  const Json values = operation.at("args");
  Config args(owner, values);
  FitOptions options{.verbose = Verbose::silent};
  options.batch_size = args.get<int64_t>("batch_size", options.batch_size);
  options.epochs = args.get<int64_t>("epochs", options.epochs);
  options.shuffle = args.get("shuffle", options.shuffle);
  options.validation_split = args.get("validation_split", options.validation_split);
  options.validation_batch_size = args.get<int64_t>("validation_batch_size", 0);
  options.initial_epoch = args.get<int64_t>("initial_epoch", 0);
  options.steps_per_epoch = steps_of(args.take("steps_per_epoch"));
  options.validation_steps = steps_of(args.take("validation_steps"));
  options.class_weight = class_weights(args.take("class_weight"));
  const Json& frequency = args.take("validation_freq");
  if (frequency.is_array()) options.validation_freq = frequency.get<std::vector<int64_t>>();
  if (frequency.is_number()) options.validation_freq = frequency.get<int64_t>();
  args.finish();
  return options;
}

/// A number, or the word for one that is not finite.
double number_of(const OrderedJson& value) {
  if (value.is_number()) return value.get<double>();
  return std::stod(value.get<std::string>());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

FitRun::FitRun(const OrderedJson& spec, const Arrays& arrays, Case& result)
    : spec_(spec),
      arrays_(arrays),
      result_(result),
      model_(made(spec)),
      allowed_(tolerance_of(spec.value("perturbation", OrderedJson()))) {
  std::vector<Tensor> weights;
  for (const OrderedJson& weight : spec.at("weights")) weights.push_back(arrays[weight.at("array")]);
  model_.set_weights(weights);
}

void FitRun::replay() {
  for (const OrderedJson& operation : spec_.at("script")) run(operation);
  compare_weights();
  compare_files();
}

void FitRun::run(const OrderedJson& operation) {
  const std::string kind = operation.at("op");
  if (kind == "compile")
    model_.compile(compile_options(config_of(operation), model_.output_names()));
  else if (kind == "fit")
    fit(operation);
  else if (kind == "evaluate")
    evaluate(operation);
  else if (kind == "train_on_batch" || kind == "test_on_batch")
    on_batch(operation);
  else if (kind == "predict" || kind == "predict_on_batch")
    predict(operation);
  else if (kind == "set_trainable")
    model_.get_layer(operation.at("layer"))->set_trainable(operation.at("value"));
  else
    throw Unsupported("no operation " + kind);
}

ModelData FitRun::rows_named(const OrderedJson& keys, const OrderedJson& operation) const {
  const auto part = [&](const OrderedJson& key) -> Samples {
    const Tensor& all = arrays_[key];
    if (!operation.contains("rows")) return all;
    return all.slice_rows(operation["rows"][0], operation["rows"][1]);
  };
  if (keys.is_string()) return part(keys);
  std::vector<std::pair<std::string, Samples>> by_name;
  for (const auto& [name, key] : keys.items()) by_name.emplace_back(name, part(key));
  return by_name;
}

ModelData FitRun::rows(const OrderedJson& operation, const char* what) const {
  const OrderedJson& data = operation.at("data");
  return data.contains(what) ? rows_named(data[what], operation) : ModelData();
}

CallbackPtr FitRun::callback(const OrderedJson& described) const {
  const std::string keras_class = described.at("class");
  OrderedJson config = described.at("config");
  if (keras_class == "LearningRateScheduler") {
    const auto rates = config.at("rates").get<std::vector<double>>();
    return LearningRateScheduler{[rates](int64_t epoch) { return rates.at(static_cast<size_t>(epoch)); }};
  }
  if (keras_class == "ModelCheckpoint") config["filepath"] = folder_ / as_npz(config.at("filepath"));
  if (keras_class == "CSVLogger") config["filename"] = folder_ / config.at("filename").get<std::string>();
  return CallbackPtr::from_config(config_of(serialized_json(keras_class, config)));
}

void FitRun::fit(const OrderedJson& operation) {
  FitOptions options = fit_options(operation);
  options.sample_weight = rows(operation, "sample_weight");
  if (operation.at("data").contains("validation_data")) {
    const OrderedJson& keys = operation["data"]["validation_data"];
    options.validation_data = {rows_named(keys.at(0), {}), rows_named(keys.at(1), {}),
                               keys.size() > 2 ? rows_named(keys[2], {}) : ModelData()};
  }
  for (const OrderedJson& described : operation.at("callbacks")) {
    options.callbacks.push_back(callback(described));
    has_terminated_ = has_terminated_ || described.at("class") == "TerminateOnNaN";
  }
  int64_t batches = 0;
  Callbacks all = options.callbacks;
  all.push_back(LambdaCallback{.on_train_batch_end = [&] { ++batches; }});
  const Callbacks given = std::exchange(options.callbacks, all);
  const History history = model_.fit(rows(operation, "x"), rows(operation, "y"), options);
  compare_fit(operation.at("result"), history, given, batches);
}

void FitRun::compare_fit(const OrderedJson& expected, const History& history, const Callbacks& callbacks,
                         int64_t batches) {
  std::vector<int64_t> epochs;
  for (const History::Epoch& epoch : history.epochs) epochs.push_back(epoch.epoch);
  result_.check("epochs", OrderedJson(epochs) == expected.at("epochs"), fmt::format("are {}", fmt::join(epochs, ", ")));
  result_.check("batches", expected.at("batches") == batches, fmt::format("are {}", batches));
  if (has_terminated_)
    result_.leave_out("iterations (a step that is not finite does not count)");
  else
    result_.check("iterations", expected.at("iterations") == updates(), fmt::format("are {}", updates()));
  compare_history(expected, history);
  if (expected.contains("learning_rate_after")) {
    result_.compare("learning_rate_after", model_.learning_rate(), expected["learning_rate_after"], allowed_);
  }
  if (!expected.contains("early_stopping")) return;
  const OrderedJson state = json_of(state_of(callbacks[0]).numbers);
  for (const auto& [what, value] : expected["early_stopping"].items()) {
    if (value.is_number_float())
      result_.compare(what, state.at(what).get<double>(), value.get<double>(), allowed_);
    else
      result_.check(what, state.at(what) == value,
                    fmt::format("is {}, expected {}", state.at(what).dump(), value.dump()));
  }
}

void FitRun::compare_history(const OrderedJson& expected, const History& history) {
  OrderedJson logs = expected.at("history");
  // As Keras on TensorFlow, where metrics see the mask in training, too.
  logs.update(expected.value("history_masked", OrderedJson::object()));
  for (const auto& [log, stored] : logs.items()) {
    const std::vector<double> ours = history[log];
    if (stored.is_string()) {
      result_.compare(log, Tensor::of(std::vector<float>(ours.begin(), ours.end())), arrays_[stored], allowed_);
      continue;
    }
    for (size_t i = 0; i < stored.size(); ++i) {
      const double value = number_of(stored[i]), own = i < ours.size() ? ours[i] : 0;
      if (std::isfinite(value))
        result_.compare(log, own, value, allowed_);
      else
        result_.check(log, own == value || (std::isnan(own) && std::isnan(value)),
                      fmt::format("is {}, expected {}", own, value));
    }
  }
  for (const auto& [log, value] : history.epochs.at(0).logs) {
    result_.check(log, logs.contains(log), "is not one of Keras's logs");
  }
}

void FitRun::evaluate(const OrderedJson& operation) {
  const std::string owner = "evaluate";
  const Json values = operation.at("args");
  Config args(owner, values);
  EvaluateOptions options{.sample_weight = rows(operation, "sample_weight")};
  options.batch_size = args.get<int64_t>("batch_size", options.batch_size);
  options.steps = steps_of(args.take("steps"));
  args.finish();
  compare_logs(operation.at("result"), model_.evaluate(rows(operation, "x"), rows(operation, "y"), options));
}

void FitRun::on_batch(const OrderedJson& operation) {
  const std::string owner = operation.at("op");
  const Json values = operation.at("args");
  Config args(owner, values);
  const ClassWeights weights = class_weights(args.take("class_weight"));
  args.finish();
  const ModelData x = rows(operation, "x"), y = rows(operation, "y"), weight = rows(operation, "sample_weight");
  compare_logs(operation.at("result"), owner == "train_on_batch" ? model_.train_on_batch(x, y, weight, weights)
                                                                 : model_.test_on_batch(x, y, weight));
}

void FitRun::compare_logs(const OrderedJson& expected, const Logs& logs) {
  for (const auto& [log, array] : expected.items()) {
    result_.compare(array, logs[log], arrays_[array].at(0), allowed_);
  }
  result_.check("logs", logs.size() == expected.size(), "are " + logs.str());
}

void FitRun::predict(const OrderedJson& operation) {
  const bool is_batch = operation.at("op") == "predict_on_batch";
  const ModelData x = rows(operation, "x");
  const Tensor predicted = is_batch ? model_.predict_on_batch(x) : model_.predict(x);
  const std::string array = operation.at("result").at("y");
  result_.compare(array, predicted, arrays_[array], allowed_);
}

void FitRun::compare_weights() {
  const auto ours = model_.weights();
  const OrderedJson& stored = spec_.at("weights");
  for (size_t i = 0; i < stored.size(); ++i) {
    const OrderedJson final_array = stored[i].value("final", OrderedJson());
    if (!final_array.is_string()) continue;
    result_.compare(final_array, ours.at(i).second, arrays_[final_array], allowed_);
  }
}

int64_t FitRun::updates() const {
  const auto steps = static_cast<int64_t>(model_.optimizer_variables().at(0).value().item());
  return steps / model_.compile_options().optimizer.options().gradient_accumulation_steps.value_or(1);
}

void FitRun::compare_files() const {
  std::set<std::string> expected, ours;
  for (const auto& [name, text] : spec_.at("files").items()) {
    expected.insert(as_npz(name));
    if (text.is_string()) compare_table(name, text);
  }
  for (const auto& entry : fs::directory_iterator(folder_.path())) ours.insert(entry.path().filename());
  result_.check("files", ours == expected,
                fmt::format("are {}, expected {}", fmt::join(ours, ", "), fmt::join(expected, ", ")));
}

/// The same first line and words; numbers as near as others.
void FitRun::compare_table(const std::string& name, const std::string& expected) const {
  const std::vector<std::string> ours = lines_of(testing::read_text(folder_ / name)), keras = lines_of(expected);
  result_.check(name, ours.size() == keras.size() && !ours.empty() && ours[0] == keras[0],
                fmt::format("has {} lines, the first \"{}\"", ours.size(), ours.empty() ? "" : ours[0]));
  const char separator = keras.at(0).find(';') == std::string::npos ? ',' : ';';
  for (size_t line = 1; line < std::min(ours.size(), keras.size()); ++line) {
    std::istringstream own(ours[line]), other(keras[line]);
    for (std::string a, b; std::getline(other, b, separator);) {
      std::getline(own, a, separator);
      char* end = nullptr;
      const double value = std::strtod(b.c_str(), &end);
      if (end == b.c_str())
        result_.check(name, a == b, fmt::format("\"{}\" and not \"{}\" in line {}", a, b, line));
      else
        result_.compare(name, std::strtod(a.c_str(), nullptr), value, allowed_);
    }
  }
}

}  // namespace reel::golden
