// metrics.{json,npz}: what "accuracy" resolves to in a compiled model, and metric classes fed in two parts, and
// weighted.
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/described.h"
#include "reel/models/layers/core.h"
#include "reel/models/model/sequential.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

// Ours is a double; Keras's is a float, the quotient of a total that was rounded to one too: each may be off by half a
// unit in the last place, which is 6e-8 of it.
constexpr Tolerance kMetric{1.2e-7, 1e-6}, kArea{1.2e-7, 1e-5}, kLoss{1e-5, 1e-7};

void replay_compiled_accuracy(const OrderedJson& spec, const Arrays& arrays, Case& result) {
  const OrderedJson& keys = spec.at("arrays");
  const Tensor y_true = arrays[keys.at("y_true")], y_pred = arrays[keys.at("y_pred")];
  Sequential model{ActivationLayer(linear)};
  model.compile(
      {.loss = Loss::from_config(config_of(spec.at("loss"))), .metrics = {Metric::from_config(config_of("accuracy"))}});
  const Logs logs = model.evaluate(y_pred, y_true, {.batch_size = spec.at("batch_size").get<int64_t>()});
  result.compare("accuracy", logs["accuracy"], spec.at("accuracy").get<double>(), kMetric);
  result.compare("loss_value", logs["loss"], spec.at("loss_value").get<double>(), kLoss);
}

/// A metric's sums as a program, and their totals over batches.
class Sums {
 public:
  Sums(const Metric& metric, std::vector<Type> types) : metric_(metric) {
    std::vector<Var> inputs;
    for (const Type& type : types) inputs.push_back(tape_.input(type.shape, type.dtype, "x"));
    // Keras's Mean and Sum take values alone.
    const Var y_pred = inputs[types.size() == 1 ? 0 : 1], weight = inputs.size() == 3 ? inputs[2] : Var{};
    program_ = tape_.compile({.outputs = metric.sums(inputs[0], y_pred, weight), .inputs = inputs});
  }

  /// The result of all batches so far.
  Tensor update(const std::vector<Tensor>& batch) {
    const std::vector<Tensor> sums = program_.run(batch);
    for (size_t i = 0; i < sums.size(); ++i) {
      if (i == totals_.size()) totals_.push_back(Tensor::zeros(sums[i].shape(), DType::f64));
      for (int64_t j = 0; j < sums[i].size(); ++j) totals_[i].data<double>()[static_cast<size_t>(j)] += sums[i].at(j);
    }
    return metric_.result(totals_);
  }

 private:
  Metric metric_;
  Tape tape_;
  Program program_;
  std::vector<Tensor> totals_;
};

/// A number, or a list of them.
Tensor stored_result(const OrderedJson& value) {
  if (!value.is_array()) return Tensor::scalar(value.get<double>(), DType::f64);
  return Tensor::of(value.get<std::vector<double>>());
}

std::vector<Type> batch_types(const std::vector<Tensor>& batch) {
  std::vector<Type> types;
  for (const Tensor& data : batch) types.push_back(batch_type(data));
  return types;
}

void replay_class(const OrderedJson& spec, const Arrays& arrays, Case& result) {
  const std::string keras_class = spec.at("keras_class"), name = spec.at("name");
  if (keras_class == "CosineSimilarity" && name.find("axis") != name.npos) {
    throw Unsupported("Keras's config of CosineSimilarity does not tell its axis");
  }
  const Metric metric = make_described<Metric>("metric", keras_class, spec.at("config"));
  compare_config(metric, keras_class, spec.at("config"), result);
  const OrderedJson& keys = spec.at("arrays");
  std::vector<Tensor> all;
  for (const char* role : {"y_true", "y_pred"}) {
    if (keys.contains(role)) all.push_back(arrays[keys.at(role)]);
  }
  const auto part = [&](int64_t begin, int64_t end) {
    std::vector<Tensor> rows_of;
    for (const Tensor& data : all) rows_of.push_back(data.slice_rows(begin, end));
    return rows_of;
  };
  const Tolerance allowed = keras_class == "AUC" ? kArea : kMetric;
  const int64_t count = all[0].shape()[0], split = spec.at("split").get<int64_t>();
  Sums sums(metric, batch_types(all));
  result.compare("result_first_part", sums.update(part(0, split)), stored_result(spec.at("result_first_part")),
                 allowed);
  result.compare("result", sums.update(part(split, count)), stored_result(spec.at("result")), allowed);
  if (!spec.contains("result_weighted") || spec["result_weighted"].is_null()) return;
  if (all.size() == 1) all.push_back(all[0]);
  all.push_back(arrays[keys.at("sample_weight")]);
  result.compare("result_weighted", Sums(metric, batch_types(all)).update(all), stored_result(spec["result_weighted"]),
                 allowed);
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const OrderedJson index = read_ordered_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const OrderedJson& spec : index.value("compiled_accuracy", OrderedJson::array())) {
    report.run(part + "/accuracy/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_compiled_accuracy(spec, arrays, result); });
  }
  for (const OrderedJson& spec : index.value("cases", OrderedJson::array())) {
    report.run(part + "/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_class(spec, arrays, result); });
  }
}

}  // namespace

void replay_metrics(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "metrics")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
