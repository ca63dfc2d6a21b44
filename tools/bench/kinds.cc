// reel-kinds MODEL THREADS SECONDS: a training step of one of the models that tools/bench/kinds.py lists, as a JSON
// line. Each is what peers/kinds_keras.py and kinds_torch.py train, on random batches.
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "reel/reel.h"
#include "tools/timing.h"

namespace reel::bench {
namespace {

struct Job {
  Model model;
  Tensor x, y;
};

Tensor truths(const Shape& shape, uint64_t seed) {
  Tensor y = Tensor::uniform(shape, 0, 1, seed);
  for (float& value : y.data<float>()) value = value < 0.5F ? 0.0F : 1.0F;
  return y;
}

Tensor classes(int64_t count, uint64_t seed) { return Tensor::uniform({count}, 0, 10, seed).cast(DType::i32); }

Job job(Sequential model, const Loss& loss, Tensor x, Tensor y) {
  model.compile(Adam(), loss);
  return {std::move(model), std::move(x), std::move(y)};
}

Job mlp(int64_t features, int64_t hidden, int64_t batch) {
  return job({Dense(hidden, {.activation = relu}), Dense(hidden, {.activation = relu}), Dense(10)},
             SparseCategoricalCrossentropy{.from_logits = true}, Tensor::randn({batch, features}, 1),
             classes(batch, 2));
}

Job bidirectional_lstm() {
  return job({Bidirectional(LSTM(64)), Dense(1, {.activation = sigmoid})}, "binary_crossentropy",
             Tensor::randn({64, 100, 32}, 1), truths({64, 1}, 2));
}

Job lstm_autoencoder() {
  const Tensor x = Tensor::uniform({64, 28, 28}, 0, 1, 1);
  return job({LSTM(64), RepeatVector(28), LSTM(64, {.return_sequences = true}), TimeDistributed(Dense(28))}, "mse", x,
             x);
}

Job convnet() {
  return job({Conv2D(32, 3, {.activation = relu}), MaxPooling2D(), Conv2D(64, 3, {.activation = relu}), MaxPooling2D(),
              Flatten(), Dropout(0.5), Dense(10)},
             SparseCategoricalCrossentropy{.from_logits = true}, Tensor::uniform({64, 28, 28, 1}, 0, 1, 1),
             classes(64, 2));
}

Job convolutional_autoencoder() {
  const ConvOptions same{.padding = "same", .activation = relu};
  const ConvTransposeOptions twice{.strides = 2, .padding = "same", .activation = relu};
  const Tensor x = Tensor::uniform({64, 28, 28, 1}, 0, 1, 1);
  return job({Conv2D(32, 3, same), MaxPooling2D(2, {.padding = "same"}), Conv2D(32, 3, same),
              MaxPooling2D(2, {.padding = "same"}), Conv2DTranspose(32, 3, twice), Conv2DTranspose(32, 3, twice),
              Conv2D(1, 3, {.padding = "same", .activation = sigmoid})},
             "binary_crossentropy", x, x);
}

Job transformer() {
  constexpr int64_t kTokens = 128, kWidth = 64, kHeads = 4;
  Input x({kTokens, kWidth});
  const SymbolicTensor attended = MultiHeadAttention(kHeads, kWidth / kHeads)({x, x});
  const SymbolicTensor first = LayerNormalization({.epsilon = 1e-6})(Add()({x, attended}));
  const SymbolicTensor widened = Dense(kWidth)(Dense(2 * kWidth, {.activation = relu})(first));
  const SymbolicTensor second = LayerNormalization({.epsilon = 1e-6})(Add()({first, widened}));
  Model model(x, Dense(1, {.activation = sigmoid})(GlobalAveragePooling1D()(second)));
  model.compile(Adam(), "binary_crossentropy");
  return {std::move(model), Tensor::randn({32, kTokens, kWidth}, 1), truths({32, 1}, 2)};
}

const std::map<std::string, std::function<Job()>> kJobs = {
    {"mlp", [] { return mlp(784, 128, 128); }},
    {"wide_32", [] { return mlp(2000, 2000, 32); }},
    {"wide_128", [] { return mlp(2000, 2000, 128); }},
    {"bidirectional_lstm", bidirectional_lstm},
    {"lstm_autoencoder", lstm_autoencoder},
    {"transformer", transformer},
    {"convnet", convnet},
    {"convolutional_autoencoder", convolutional_autoencoder},
};

int run(int count, char** arguments) {
  if (count != 4 || !kJobs.contains(arguments[1])) {
    fmt::print(stderr, "reel-kinds MODEL THREADS SECONDS, where MODEL is one of");
    for (const auto& [name, make] : kJobs) fmt::print(stderr, " {}", name);
    fmt::print(stderr, "\n");
    return 2;
  }
  set_threads(std::atoi(arguments[2]));
  Job made = kJobs.at(arguments[1])();
  const double train_ms =
      cli::median_ms(std::atof(arguments[3]), [&](int64_t) { made.model.train_on_batch(made.x, made.y); });
  fmt::print("{{\"name\": \"Reel\", \"train_ms\": {:.4f}}}\n", train_ms);
  return 0;
}

}  // namespace
}  // namespace reel::bench

int main(int count, char** arguments) {
  try {
    return reel::bench::run(count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "reel-kinds: {}\n", error.what());
    return 1;
  }
}
