#include "models/small_zoo.h"

#include <map>
#include <utility>

namespace reel::testing {
namespace {

struct Small {
  std::map<std::string, std::string> options = {};
  int64_t rows = 200, epochs = 3;
};

/// By which a model learns in a moment.
Small small_training(std::string_view name) {
  static const std::map<std::string_view, Small> trainings = {
      {"simple_rnn", {{{"steps", "20"}}}},
      {"lstm", {{{"steps", "20"}}}},
      {"gru", {{{"steps", "20"}}}},
      {"bidirectional_lstm", {{{"steps", "20"}, {"units", "8"}, {"embedding", "32"}}, 200, 6}},
      {"stacked_rnn", {{{"steps", "20"}, {"units", "8"}}}},
      {"transformer_text", {{{"steps", "20"}}}},
      {"convolutional_autoencoder", {{{"filters", "4"}}}},
      {"lstm_autoencoder", {{{"encoding_size", "8"}}}},
      {"convnet", {{{"filters", "4"}}}},
      {"char_lm", {{{"steps", "20"}, {"units", "16"}}}},
      {"seq2seq_addition", {{{"units", "16"}}}},
      {"adding_problem", {{{"steps", "10"}, {"units", "16"}}, 400, 8}},
      {"copy_memory", {{{"steps", "5"}, {"units", "16"}}}},
      {"timeseries_forecast", {{{"window", "12"}, {"units", "8"}}}},
      {"timeseries_anomaly", {{{"window", "12"}, {"filters", "4"}}}},
  };
  const auto found = trainings.find(name);
  return found == trainings.end() ? Small{} : found->second;
}

}  // namespace

bool needs_pictures(const ZooModel& zoo) { return zoo.data.find("Fashion-MNIST") != zoo.data.npos; }

SmallZoo small_zoo(const ZooModel& zoo, uint64_t seed) {
  const Small small = small_training(zoo.name);
  ZooDataOptions options;
  options.rows = small.rows;
  options.config = zoo.config(seed);
  for (const auto& [name, value] : small.options) zoo.set(options.config, name, value);
  ZooData data = zoo.load(options);
  ZooConfig config = options.config;
  config.take(data.options);
  Model model = zoo.build(config);
  if (zoo.adapt != nullptr) zoo.adapt(model, data);
  return {std::move(model), std::move(config), std::move(data), small.epochs};
}

}  // namespace reel::testing
