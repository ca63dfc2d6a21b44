// training/: the learner of reviews from Keras's initial weights, batch by batch; other files are runs
// (training_runs.h).
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/training_data.h"
#include "golden/training_runs.h"
#include "reel/models/model/sequential.h"

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
                                 {.loss = spec.at("loss").get<std::string>(),
                                  .optimizer = make_optimizer(optimizer.at("class"), optimizer.at("config")),
                                  .metrics = {"accuracy"}});
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

void replay_file(const fs::path& folder, const std::string& stem, Report& report) {
  const Json file = read_json(folder / "training" / (stem + ".json"));
  if (!file.contains("runs")) {
    report.unsupported("training/" + stem, "no such run is known");
    return;
  }
  const Arrays arrays(folder / "training" / (stem + ".npz"));
  for (const Json& spec : file["runs"]) {
    report.run(fmt::format("training/{}/{}", stem, spec.at("name").get<std::string>()),
               [&](Case& result) { replay_run(spec, folder, arrays, result); });
  }
}

}  // namespace

void replay_training(const fs::path& folder, Report& report) {
  const fs::path training = folder / "training";
  if (!fs::is_directory(training)) return;
  for (const std::string& stem : stems(training)) {
    if (stem == "simple_rnn") {
      report.run("training/simple_rnn", [&](Case& result) { replay_reviews(training, result); });
      report.run("training/simple_rnn/data", [&](Case& result) { replay_review_data(folder, result); });
    } else if (stem == "simple_rnn_sgd") {
      report.run("training/simple_rnn_sgd", [&](Case& result) { replay_reviews_sgd(folder, result); });
    } else {
      report.run_part("training/" + stem, [&] { replay_file(folder, stem, report); });
    }
  }
}

}  // namespace reel::golden
