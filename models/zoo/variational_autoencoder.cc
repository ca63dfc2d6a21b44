// Keras's example variational_autoencoder: codes are drawn from normal distributions, held close to the standard one,
// so that any code is one of a picture. Kingma and Welling, "Auto-Encoding Variational Bayes", 2014.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

/// Of mean and log variance, [rows, n] each, a draw in training and the mean in inference. Adds the divergence from the
/// standard normal, -1/2 sum(1 + log variance - mean^2 - variance), for each row `weight` times, to the loss.
struct Sampling : LayerOf<Sampling> {
  double weight = 1;
  std::string class_name() const override { return "reel>Sampling"; }
  void fields(Fields& f) override { f("weight", weight); }
  void build_many(std::span<const Type>) override {}
  Flows call_many(Call& call, const Flows& inputs) const override {
    const Var mean = inputs[0].value, log_variance = inputs[1].value;
    const Var divergence = -0.5 * reduce_sum(1.0 + log_variance - square(mean) - exp(log_variance));
    call.add_loss(weight * reel::mean(divergence));
    if (!call.training()) return {mean};
    return {mean + exp(0.5 * log_variance) * call.normal({mean.type().shape[1]})};
  }
};

Model build(const ZooConfig& config) {
  const int64_t features = config["features"], codes = config["encoding_size"];
  Input picture({features});
  const SymbolicTensor hidden = Dense(config["units"], {.activation = relu})(picture);
  const SymbolicTensor mean = Dense(codes, {.name = "code"})(hidden);
  const SymbolicTensor log_variance = Dense(codes, {.name = "log_variance"})(hidden);
  Sampling sampling;
  // The other part of the loss is a mean over the numbers of a row, not their sum.
  sampling.weight = config.real("divergence") / static_cast<double>(features);
  const SymbolicTensor drawn = sampling({mean, log_variance});
  const SymbolicTensor wide = Dense(config["units"], {.activation = relu})(drawn);
  Model model(picture, Dense(features, {.activation = sigmoid})(wide),
              {.name = "variational_autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_image_autoencoder(model);
  return model;
}

}  // namespace

ZooModel zoo_variational_autoencoder() {
  register_layer<Sampling>();
  std::vector<ZooOption> options = autoencoder_options(16);
  options.push_back(whole_option("units", 256, "of the layers around the code"));
  options.push_back(real_option("divergence", 1, "weight of how far codes are from the standard normal", 0, 1000));
  ZooModel model = image_autoencoder(
      "variational_autoencoder", "an autoencoder whose codes are drawn from normal distributions", build,
      [](const ZooDataOptions& data) { return load_unit_rows(data, "variational_autoencoder"); }, std::move(options));
  model.epoch_seconds = 2;
  return model;
}

}  // namespace reel
