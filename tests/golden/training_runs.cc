#include "golden/training_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "golden/described.h"
#include "golden/training_data.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kClose{0, 1e-5};
constexpr double kMetric = 1e-6;
constexpr int64_t kRowsBeyondRounding = 2;

/// A run's description, its data, and what fit is told.
class Run {
 public:
  Run(const Json& spec, const fs::path& folder, const Arrays& arrays)
      : spec_(spec),
        arrays_(arrays),
        prefix_(spec.at("name").get<std::string>() + "."),
        x_(read_rows(folder, spec, arrays)) {
    const Json& data = spec.at("data");
    y_ = data.contains("target") ? arrays[data["target"]] : x_;
    if (data.contains("sample_weight")) weight_ = arrays[data["sample_weight"]];
  }

  Sequential model() const {
    std::vector<Metric> metrics;
    for (const std::string name : spec_.value("metrics", Json{"accuracy"})) metrics.push_back(name);
    Sequential made =
        make_model(spec_.at("layers"), x_,
                   {.loss = spec_.at("loss").get<std::string>(),
                    .optimizer = make_optimizer(spec_.value("optimizer_class", "SGD"), spec_.at("optimizer")),
                    .metrics = std::move(metrics)});
    made.set_weights(weight_arrays(spec_.at("weights"), "array", arrays_));
    return made;
  }

  void compare_first_epoch(Case& result) const;
  void compare_fit(Case& result) const;

 private:
  int64_t batch_size() const { return spec_.at("batch_size"); }
  /// Rows that are trained on, as Keras splits them.
  int64_t trained() const {
    const auto count = static_cast<double>(x_.shape()[0]);
    return static_cast<int64_t>(std::floor(count * (1 - spec_.value("validation_split", 0.0))));
  }
  Tolerance tolerance(const std::string& log, int64_t rows_seen) const {
    if (!log.ends_with("accuracy")) return kClose;
    const auto beyond = spec_.value("rows_beyond_rounding", kRowsBeyondRounding);
    return {0, static_cast<double>(beyond) / static_cast<double>(rows_seen) + kMetric};
  }
  Tensor stored(const std::string& name) const { return arrays_[prefix_ + name]; }

  const Json& spec_;
  const Arrays& arrays_;
  std::string prefix_;
  Tensor x_, y_, weight_;
};

/// Losses and metrics after each batch of the first epoch.
void Run::compare_first_epoch(Case& result) const {
  Sequential trained_here = model();
  std::map<std::string, double> running;  // sums over rows
  for (int64_t step = 0, begin = 0; begin < trained(); ++step, begin += batch_size()) {
    const int64_t end = std::min(trained(), begin + batch_size());
    const Tensor weight = weight_ ? weight_.slice_rows(begin, end) : Tensor();
    const Logs logs = trained_here.train_on_batch(x_.slice_rows(begin, end), y_.slice_rows(begin, end), weight);
    for (const auto& [log, value] : logs.entries()) {
      running[log] += value * static_cast<double>(end - begin);
      result.compare(fmt::format("running_{}[{}]", log, step), running[log] / static_cast<double>(end),
                     stored("first_epoch_running_" + log).at(step), tolerance(log, end));
    }
  }
}

void Run::compare_fit(Case& result) const {
  Sequential fitted = model();
  const History history = fitted.fit(x_, y_,
                                     {.batch_size = batch_size(),
                                      .epochs = spec_.at("epochs").get<int64_t>(),
                                      .verbose = Verbose::silent,
                                      .validation_split = spec_.value("validation_split", 0.0),
                                      .shuffle = spec_.at("shuffle").get<bool>(),
                                      .sample_weight = weight_});
  const int64_t rows_seen = x_.shape()[0];
  for (const std::string log : spec_.value("history", Json{"loss", "accuracy"})) {
    const std::vector<double> values = history[log];
    const Tensor ours = Tensor::of(std::vector<float>(values.begin(), values.end()));
    result.compare(log, ours, stored(log), tolerance(log, rows_seen));
  }
  compare_weights(fitted, spec_.at("weights"), "final", arrays_, kClose, result);
  const Tensor final_pred = stored("final_pred");
  result.compare("final_pred", fitted.predict(x_.slice_rows(0, final_pred.shape()[0])), final_pred, kClose);
  const Logs after = fitted.evaluate(x_, y_, {.batch_size = batch_size()});
  for (const auto& [log, value] : spec_.at("evaluate_after").items()) {
    result.compare("evaluate_after." + log, after[log], value.get<double>(), tolerance(log, rows_seen));
  }
}

}  // namespace

Optimizer make_optimizer(const std::string& keras_class, const Json& config) {
  return Optimizer::from_config(config_of(serialized_json(keras_class, config)));
}

Sequential make_model(const Json& spec_layers, const Tensor& x, CompileOptions compiled) {
  std::vector<LayerPtr> layers;
  for (const Json& layer : spec_layers) {
    layers.push_back(LayerPtr::from_config(config_of(serialized_json(layer.at("class"), layer.at("config")))));
  }
  Sequential model(std::move(layers));
  model.build(batch_type(x));
  model.compile(std::move(compiled));
  return model;
}

std::vector<Tensor> weight_arrays(const Json& weights, const std::string& key, const Arrays& arrays) {
  std::vector<Tensor> out;
  for (const Json& weight : weights) out.push_back(arrays[weight.at(key)]);
  return out;
}

void compare_weights(const Sequential& model, const Json& weights, const std::string& key, const Arrays& arrays,
                     Tolerance allowed, Case& result) {
  const auto ours = model.weights();
  const std::vector<Tensor> keras = weight_arrays(weights, key, arrays);
  for (size_t i = 0; i < keras.size(); ++i) result.compare(weights[i].at(key), ours.at(i).second, keras[i], allowed);
}

void replay_run(const Json& spec, const fs::path& folder, const Arrays& arrays, Case& result) {
  const Run run(spec, folder, arrays);
  run.compare_first_epoch(result);
  run.compare_fit(result);
}

}  // namespace reel::golden
