#include "golden/keras_config.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/recurrent.h"

namespace reel::golden {
namespace {

/// Weights are given, so how Keras would have drawn them does not matter.
void ignore_initializers(Config& config) {
  config.ignore({"kernel_initializer", "recurrent_initializer", "bias_initializer", "embeddings_initializer"});
}

LayerPtr make_dense(Config& config) {
  return Dense(config.integer("units"),
               {.activation = make_activation(config.take("activation")), .use_bias = config.get("use_bias", true)});
}

LayerPtr make_embedding(Config& config) {
  config.ignore({"input_length"});  // an argument of older Keras; the shape of the input says the same
  const int64_t input_dim = config.integer("input_dim");
  return Embedding(input_dim, config.integer("output_dim"), {.mask_zero = config.get("mask_zero", false)});
}

/// What the recurrent layers have in common.
template <class Options>
Options make_recurrence(Config& config) {
  config.ignore({"unroll", "seed"});  // unrolled or not is the same mathematics, and the seed is that of the dropout
  config.need("dropout", 0.0);
  config.need("recurrent_dropout", 0.0);
  Options options;
  options.activation = make_activation(config.take("activation"));
  options.use_bias = config.get("use_bias", true);
  options.return_sequences = config.get("return_sequences", false);
  options.go_backwards = config.get("go_backwards", false);
  return options;
}

LayerPtr make_simple_rnn(Config& config) {
  return SimpleRNN(config.integer("units"), make_recurrence<SimpleRNNOptions>(config));
}

LayerPtr make_lstm(Config& config) {
  LSTMOptions options = make_recurrence<LSTMOptions>(config);
  options.recurrent_activation = make_activation(config.take("recurrent_activation"));
  options.unit_forget_bias = config.get("unit_forget_bias", true);
  return LSTM(config.integer("units"), options);
}

LayerPtr make_gru(Config& config) {
  GRUOptions options = make_recurrence<GRUOptions>(config);
  options.recurrent_activation = make_activation(config.take("recurrent_activation"));
  options.reset_after = config.get("reset_after", true);
  return GRU(config.integer("units"), options);
}

LayerPtr make_activation_layer(Config& config) { return ActivationLayer(make_activation(config.take("activation"))); }

LayerPtr make_flatten(Config& config) {
  config.need("data_format", "channels_last");
  return Flatten();
}

LayerPtr make_input(Config& config) {
  const Json& shape = config.take("batch_shape");
  if (!shape.is_array() || shape.empty()) throw DataError("InputLayer: its config has no batch_shape");
  std::vector<int64_t> dims;
  for (size_t i = 1; i < shape.size(); ++i) dims.push_back(shape[i].is_null() ? 1 : shape[i].get<int64_t>());
  return Input(Shape(dims));
}

const std::map<std::string, std::function<LayerPtr(Config&)>> kLayers{{"Activation", make_activation_layer},
                                                                      {"Dense", make_dense},
                                                                      {"Embedding", make_embedding},
                                                                      {"Flatten", make_flatten},
                                                                      {"GRU", make_gru},
                                                                      {"InputLayer", make_input},
                                                                      {"LSTM", make_lstm},
                                                                      {"SimpleRNN", make_simple_rnn}};

std::vector<LayerPtr> make_sequential(Config& config) {
  std::vector<LayerPtr> layers;
  config.ignore({"build_input_shape"});
  for (const Json& layer : config.take("layers")) {
    for (LayerPtr& made : make_layers(layer.at("class_name"), layer.at("config"))) layers.push_back(std::move(made));
  }
  return layers;
}

BinaryCrossentropy make_binary_crossentropy(Config& config) {
  config.need("axis", -1);
  return {.from_logits = config.get("from_logits", false), .label_smoothing = config.get("label_smoothing", 0.0)};
}

CategoricalCrossentropy make_categorical_crossentropy(Config& config) {
  config.need("axis", -1);
  return {.from_logits = config.get("from_logits", false), .label_smoothing = config.get("label_smoothing", 0.0)};
}

SparseCategoricalCrossentropy make_sparse_categorical_crossentropy(Config& config) {
  config.need("axis", -1);
  SparseCategoricalCrossentropy loss{.from_logits = config.get("from_logits", false)};
  if (const Json& ignored = config.take("ignore_class"); !ignored.is_null()) loss.ignore_class = ignored.get<int64_t>();
  return loss;
}

/// A loss or metric without arguments, which the library knows by the name of Keras's class.
template <class Made>
Made make_plain(const char* what, const std::string& keras_class, Config& config) {
  config.need("axis", -1);
  try {
    return Made(keras_class);
  } catch (const ValueError&) {
    throw Unsupported(fmt::format("no {} {}", what, keras_class));
  }
}

/// `make()`, with the library's own complaint of an unknown name as the reason.
template <class Make>
auto named(Make&& make) {
  try {
    return make();
  } catch (const ValueError& error) {
    throw Unsupported(error.what());
  }
}

}  // namespace

std::vector<LayerPtr> make_layers(const std::string& keras_class, const Json& config) {
  Config arguments(keras_class, config);
  if (keras_class == "InputLayer")
    arguments.ignore({"name", "trainable", "dtype"});  // a case's own input says its type
  else
    arguments.common();
  std::vector<LayerPtr> layers;
  if (keras_class == "Sequential") {
    layers = make_sequential(arguments);
  } else {
    const auto maker = kLayers.find(keras_class);
    if (maker == kLayers.end()) throw Unsupported(fmt::format("no layer {}", keras_class));
    ignore_initializers(arguments);
    layers.push_back(maker->second(arguments));
  }
  arguments.finish();
  return layers;
}

Activation make_activation(const Json& serialised) {
  return named([&] { return Activation::from_config(reel::Config::parse(serialised.dump())); });
}

Loss make_loss(const std::string& name) {
  return named([&] { return Loss(name); });
}

Loss make_loss(const std::string& keras_class, const Json& config) {
  Config arguments(keras_class, config);
  arguments.common();
  arguments.need("reduction", "sum_over_batch_size");
  Loss loss;
  if (keras_class == "BinaryCrossentropy")
    loss = make_binary_crossentropy(arguments);
  else if (keras_class == "CategoricalCrossentropy")
    loss = make_categorical_crossentropy(arguments);
  else if (keras_class == "SparseCategoricalCrossentropy")
    loss = make_sparse_categorical_crossentropy(arguments);
  else
    loss = make_plain<Loss>("loss", keras_class, arguments);
  arguments.finish();
  return loss;
}

Metric make_metric(const std::string& name) {
  return named([&] { return Metric(name); });
}

Metric make_metric(const std::string& keras_class, const Json& config) {
  Config arguments(keras_class, config);
  arguments.common();
  Metric metric = [&]() -> Metric {
    if (keras_class == "BinaryAccuracy") return BinaryAccuracy{.threshold = arguments.get("threshold", 0.5)};
    // Losses serve as metrics, here as in Keras.
    if (keras_class == "BinaryCrossentropy") return make_binary_crossentropy(arguments);
    if (keras_class == "CategoricalCrossentropy") return make_categorical_crossentropy(arguments);
    if (keras_class == "SparseCategoricalCrossentropy") return make_sparse_categorical_crossentropy(arguments);
    if (keras_class == "CosineSimilarity" && !config.contains("axis")) {
      throw Unsupported("metric CosineSimilarity whose config does not say the axis");
    }
    // Keras's class compares values; here the name stands for what "accuracy" resolves to.
    if (keras_class == "Accuracy") throw Unsupported("no metric Accuracy of equal values");
    return make_plain<Metric>("metric", keras_class, arguments);
  }();
  arguments.finish();
  return metric;
}

Optimizer make_optimizer(const std::string& keras_class, const Json& config) {
  const Json serialised{{"class_name", keras_class}, {"config", config}};
  return named([&] { return Optimizer::from_config(reel::Config::parse(serialised.dump())); });
}

}  // namespace reel::golden
