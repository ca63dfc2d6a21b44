// training/: runs of the two seed models from Keras's initial weights and batch order.
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/training_data.h"
#include "reel/models/batches.h"
#include "reel/models/sequential.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kMetric{0, 1e-6};
constexpr Tolerance kClose{0, 1e-5};        // losses and predictions before rounding has grown
constexpr Tolerance kGradient{1e-4, 0};     // of the first batch's loss
constexpr Tolerance kDriftedLoss{0, 1e-2};  // Adam's first updates have the size of the rate, however small a gradient
constexpr Tolerance kDriftedWeights{0, 5e-3};
constexpr Tolerance kSgd{0, 1e-6};
constexpr int64_t kCloseSteps = 2, kComparedSteps = 8;

Sequential make_model(const Json& spec_layers, const Tensor& x, CompileOptions compiled) {
  std::vector<LayerPtr> layers;
  for (const Json& layer : spec_layers) {
    for (LayerPtr& made : make_layers(layer.at("class"), layer.at("config"))) layers.push_back(std::move(made));
  }
  Sequential model(std::move(layers));
  model.build(batch_type(x));
  model.compile(std::move(compiled));
  return model;
}

/// The arrays that `key` names in each of the listed weights.
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

/// The learner of reviews: its description, and the batches that it trains on.
struct ReviewRun {
  Json spec;
  Arrays arrays;
  Tensor x;  ///< ids of the batches, [rows, steps]
  int64_t batch_size;

  explicit ReviewRun(const fs::path& training)
      : spec(read_json(training / "simple_rnn.json")),
        arrays(training / "simple_rnn.npz"),
        x(arrays["x"]),
        batch_size(spec.at("batch_size")) {}

  Sequential model(const Json& optimizer) const {
    Sequential made = make_model(spec.at("model").at("layers"), x,
                                 {.loss = make_loss(spec.at("loss").get<std::string>()),
                                  .optimizer = make_optimizer(optimizer.at("class"), optimizer.at("config")),
                                  .metrics = {make_metric("accuracy")}});
    made.set_weights(weight_arrays(spec.at("weights"), "array", arrays));
    return made;
  }

  Tensor batch_x(int64_t step) const { return x.slice_rows(step * batch_size, (step + 1) * batch_size); }
  Tensor batch_y(int64_t step) const { return arrays["y"].slice_rows(step * batch_size, (step + 1) * batch_size); }
};

/// "after8" among the keys of a weight: how many updates are stored, and the key itself.
std::pair<int64_t, std::string> stored_updates(const Json& weights) {
  const std::string prefix = "after";
  for (const auto& [key, name] : weights.at(0).items()) {
    if (key.starts_with(prefix)) return {std::stoll(key.substr(prefix.size())), key};
  }
  throw Unsupported("no weights after some updates");
}

void replay_reviews(const fs::path& training, Case& result) {
  const ReviewRun run(training);
  const Json& weights = run.spec.at("weights");
  const Arrays& arrays = run.arrays;
  Sequential model = run.model(run.spec.at("optimizer"));
  const Tensor x = run.batch_x(0), y = run.batch_y(0), val_x = arrays["val_x"];
  const Logs first = model.evaluate(x, y, {.batch_size = run.batch_size});
  result.compare("first_batch_loss", Tensor::scalar(first["loss"]), arrays["first_batch_loss"], kClose);
  result.compare("val_pred_initial", model.predict(val_x), arrays["val_pred_initial"], kClose);
  const std::vector<Tensor> gradients = model.gradients(x, y);
  for (size_t i = 0; i < gradients.size(); ++i) {
    const std::string name = weights.at(i).at("gradient");
    result.compare(name, gradients[i], arrays[name], kGradient);
  }

  const auto [updates, after] = stored_updates(weights);
  for (int64_t step = 0; step < updates; ++step) {
    const Logs logs = model.train_on_batch(run.batch_x(step), run.batch_y(step));
    if (step >= kComparedSteps) continue;
    result.compare(fmt::format("loss[{}]", step), logs["loss"], arrays["loss"].at(step),
                   step < kCloseSteps ? kClose : kDriftedLoss);
    if (step < kCloseSteps) {
      result.compare(fmt::format("accuracy[{}]", step), logs["accuracy"], arrays["accuracy"].at(step), kMetric);
    }
  }
  compare_weights(model, weights, after, arrays, kDriftedWeights, result);
  model.set_weights(weight_arrays(weights, after, arrays));
  result.compare("val_pred_" + after, model.predict(val_x), arrays["val_pred_" + after], kClose);
}

void replay_reviews_sgd(const fs::path& folder, Case& result) {
  const fs::path training = folder / "training";
  const Json spec = read_json(training / "simple_rnn_sgd.json");
  const Arrays arrays(training / "simple_rnn_sgd.npz");
  ReviewRun run(training);
  Sequential model = run.model(spec.at("optimizer"));
  const int64_t steps = spec.at("steps");
  // The file of arrays keeps only the first batches; the others come from the reviews themselves.
  if (steps * run.batch_size > run.x.shape()[0]) run.x = read_reviews(folder, run.spec).train;
  for (int64_t step = 0; step < steps; ++step) {
    const Logs logs = model.train_on_batch(run.batch_x(step), run.batch_y(step));
    result.compare(fmt::format("loss[{}]", step), logs["loss"], arrays["loss"].at(step), kSgd);
    result.compare(fmt::format("accuracy[{}]", step), logs["accuracy"], arrays["accuracy"].at(step), kMetric);
  }
  compare_weights(model, spec.at("weights"), "array", arrays, kSgd, result);
}

/// The reviews as encoded and padded here against the checksums of Keras's, and the arrays that are stored.
void replay_review_data(const fs::path& folder, Case& result) {
  const ReviewRun run(folder / "training");
  const ReviewIds ids = read_reviews(folder, run.spec);
  const Json& data = run.spec.at("data");
  const auto check = [&](const char* what, const std::string& ours, const std::string& keras) {
    result.check(what, ours == keras, fmt::format("is {}, expected {}", ours, keras));
  };
  check("train_ids_sha256", sha256_of(ids.train), data.at("train_ids_sha256"));
  check("validation_ids_sha256", sha256_of(ids.validation), data.at("validation_ids_sha256"));
  result.compare("x", ids.train.slice_rows(0, run.x.shape()[0]), run.x, kExact);
  result.compare("y", ids.train_labels, run.arrays["y"], kExact);
  result.compare("val_x", ids.validation, run.arrays["val_x"], kExact);
}

/// Losses and accuracies after each batch of the first epoch.
void compare_first_epoch(Sequential model, const Tensor& x, int64_t batch_size, const std::string& prefix,
                         const Arrays& arrays, Case& result) {
  BatchReader batches({x}, batch_size);
  batches.start(nullptr);
  MeanOfLogs running;
  const Tensor loss = arrays[prefix + "first_epoch_running_loss"];
  const Tensor accuracy = arrays[prefix + "first_epoch_running_accuracy"];
  for (int64_t step = 0; step < batches.count(); ++step) {
    const Tensor batch = batches.next()[0];
    running.add(model.train_on_batch(batch, batch), batch.shape()[0]);
    const double seen = static_cast<double>(std::min(x.shape()[0], (step + 1) * batch_size));
    result.compare(fmt::format("running_loss[{}]", step), running.logs()["loss"], loss.at(step), kClose);
    result.compare(fmt::format("running_accuracy[{}]", step), running.logs()["accuracy"], accuracy.at(step),
                   {0, 2 / seen + kMetric.absolute});
  }
}

void replay_rows(const Json& spec, const fs::path& folder, const Arrays& arrays, Case& result) {
  const std::string prefix = spec.at("name").get<std::string>() + ".";
  const Tensor x = read_rows(folder, spec, arrays);
  const auto make = [&] {
    Sequential model = make_model(spec.at("layers"), x,
                                  {.loss = make_loss(spec.at("loss").get<std::string>()),
                                   .optimizer = make_optimizer("SGD", spec.at("optimizer")),
                                   .metrics = {make_metric("accuracy")}});
    model.set_weights(weight_arrays(spec.at("weights"), "array", arrays));
    return model;
  };
  const int64_t batch_size = spec.at("batch_size");
  const Tolerance two_rows{0, 2.0 / static_cast<double>(x.shape()[0]) + kMetric.absolute};
  compare_first_epoch(make(), x, batch_size, prefix, arrays, result);

  Sequential model = make();
  const History history = model.fit(x, x,
                                    {.batch_size = batch_size,
                                     .epochs = spec.at("epochs").get<int64_t>(),
                                     .verbose = Verbose::silent,
                                     .shuffle = spec.at("shuffle").get<bool>()});
  const auto tensor = [&](const char* name) {
    const std::vector<double> values = history[name];
    return Tensor::of(std::vector<float>(values.begin(), values.end()));
  };
  result.compare("loss", tensor("loss"), arrays[prefix + "loss"], kClose);
  result.compare("accuracy", tensor("accuracy"), arrays[prefix + "accuracy"], two_rows);
  compare_weights(model, spec.at("weights"), "final", arrays, kClose, result);
  const Tensor final_pred = arrays[prefix + "final_pred"];
  result.compare("final_pred", model.predict(x.slice_rows(0, final_pred.shape()[0])), final_pred, kClose);
  const Logs after = model.evaluate(x, x, {.batch_size = batch_size});
  result.compare("evaluate_after.loss", after["loss"], spec.at("evaluate_after").at("loss").get<double>(), kClose);
  result.compare("evaluate_after.accuracy", after["accuracy"], spec["evaluate_after"].at("accuracy").get<double>(),
                 two_rows);
}

}  // namespace

void replay_training(const fs::path& folder, Report& report) {
  const fs::path training = folder / "training";
  if (!fs::is_directory(training)) return;
  if (fs::exists(training / "simple_rnn.json")) {
    report.run("training/simple_rnn", [&](Case& result) { replay_reviews(training, result); });
    report.run("training/simple_rnn/data", [&](Case& result) { replay_review_data(folder, result); });
  }
  if (fs::exists(training / "simple_rnn_sgd.json")) {
    report.run("training/simple_rnn_sgd", [&](Case& result) { replay_reviews_sgd(folder, result); });
  }
  if (fs::exists(training / "autoencoder.json")) {
    const Json index = read_json(training / "autoencoder.json");
    const Arrays arrays(training / "autoencoder.npz");
    for (const Json& spec : index.at("runs")) {
      report.run("training/autoencoder/" + spec.at("name").get<std::string>(),
                 [&](Case& result) { replay_rows(spec, folder, arrays, result); });
    }
  }
  for (const auto& entry : fs::directory_iterator(training)) {
    const std::string name = entry.path().stem();
    const bool known = name == "simple_rnn" || name == "simple_rnn_sgd" || name == "autoencoder";
    if (entry.path().extension() == ".json" && !known) report.unsupported("training/" + name, "no such run is known");
  }
}

}  // namespace reel::golden
