#include "golden/keras_config.h"

#include <fmt/format.h>

#include "golden/report.h"
#include "reel/graph/error.h"

namespace reel::golden {
namespace {

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

}  // namespace

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
