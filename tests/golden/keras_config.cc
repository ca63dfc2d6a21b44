#include "golden/keras_config.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/simple_rnn.h"

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

GradientOptions make_gradient_options(Config& config) {
  config.ignore({"ema_momentum", "ema_overwrite_frequency"});  // without influence unless use_ema is set
  return {.clipnorm = config.get("clipnorm", 0.0),
          .clipvalue = config.get("clipvalue", 0.0),
          .global_clipnorm = config.get("global_clipnorm", 0.0),
          .weight_decay = config.get("weight_decay", 0.0)};
}

double make_learning_rate(Config& config, const std::string& owner, double fallback) {
  const Json& rate = config.take("learning_rate");
  if (rate.is_null()) return fallback;
  if (!rate.is_number()) throw Unsupported(fmt::format("{}: a learning rate that is a schedule", owner));
  return rate.get<double>();
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
  if (serialised.is_null()) return linear;
  const Json& name = serialised.is_object() ? serialised.at("config") : serialised;
  if (!name.is_string()) throw Unsupported(fmt::format("activation {}", serialised.dump()));
  return named([&] { return Activation(name.get<std::string>()); });
}

Loss make_loss(const std::string& name) {
  return named([&] { return Loss(name); });
}

Metric make_metric(const std::string& name) {
  return named([&] { return Metric(name); });
}

Optimizer make_optimizer(const std::string& keras_class, const Json& config) {
  Config arguments(keras_class, config);
  arguments.common();
  Optimizer optimizer;
  if (keras_class == "SGD") {
    optimizer = SGD{.learning_rate = make_learning_rate(arguments, keras_class, 0.01),
                    .momentum = arguments.get("momentum", 0.0),
                    .nesterov = arguments.get("nesterov", false),
                    .gradient = make_gradient_options(arguments)};
  } else if (keras_class == "Adam") {
    optimizer = Adam{.learning_rate = make_learning_rate(arguments, keras_class, 0.001),
                     .beta_1 = arguments.get("beta_1", 0.9),
                     .beta_2 = arguments.get("beta_2", 0.999),
                     .epsilon = arguments.get("epsilon", 1e-7),
                     .amsgrad = arguments.get("amsgrad", false),
                     .gradient = make_gradient_options(arguments)};
  } else if (keras_class == "AdamW") {
    AdamW adamw{.learning_rate = make_learning_rate(arguments, keras_class, 0.001),
                .weight_decay = arguments.get("weight_decay", 0.004),
                .beta_1 = arguments.get("beta_1", 0.9),
                .beta_2 = arguments.get("beta_2", 0.999),
                .epsilon = arguments.get("epsilon", 1e-7),
                .amsgrad = arguments.get("amsgrad", false)};
    adamw.gradient = make_gradient_options(arguments);
    adamw.gradient.weight_decay = 0;  // which is its own
    optimizer = adamw;
  } else if (keras_class == "RMSprop") {
    optimizer = RMSprop{.learning_rate = make_learning_rate(arguments, keras_class, 0.001),
                        .rho = arguments.get("rho", 0.9),
                        .momentum = arguments.get("momentum", 0.0),
                        .epsilon = arguments.get("epsilon", 1e-7),
                        .centered = arguments.get("centered", false),
                        .gradient = make_gradient_options(arguments)};
  } else {
    throw Unsupported(fmt::format("no optimizer {}", keras_class));
  }
  arguments.finish();
  return optimizer;
}

}  // namespace reel::golden
