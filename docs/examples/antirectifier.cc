// Keras's example antirectifier: a layer of one's own takes the place of ReLU. It keeps what is positive and what is
// negative, apart, so that nothing is lost. On Fashion-MNIST, where Keras's takes MNIST.
#include "example.h"

using namespace reel;

namespace {

/// x [rows, n], without its mean and of length 1 -> [rows, 2 n] K: what is positive of it, beside what is negative.
struct Antirectifier : LayerOf<Antirectifier> {
  Variable kernel;

  std::string class_name() const override { return "examples>Antirectifier"; }
  void build(const Type& x) override {
    const int64_t features = x.shape.back();
    kernel = add_weight("kernel", {2 * features, features}, HeNormal{});
  }
  Var call(Call& call, Var x) const override {
    const Var centered = x - mean(x, -1, true);
    const Var unit = centered * rsqrt(maximum(sum(square(centered), -1, true), 1e-12));
    return matmul(concatenate({relu(unit), relu(-unit)}, -1), call[kernel]);
  }
};

void antirectifier(const examples::Example& example) {
  const auto [x_train, y_train, x_test, y_test] =
      examples::fashion_mnist(example.pick(60'000, 3'000), example.pick(10'000, 1'000));
  if (example.saves({{"x_train", x_train}, {"y_train", y_train}, {"x_test", x_test}, {"y_test", y_test}})) return;

  Sequential model{
      Input({28, 28, 1}), Flatten(), Dense(256), Antirectifier(), Dense(256), Antirectifier(), Dropout(0.5), Dense(10),
  };
  model.compile({.loss = SparseCategoricalCrossentropy{.from_logits = true},
                 .optimizer = RMSprop{},
                 .metrics = SparseCategoricalAccuracy{}});
  model.fit(x_train, y_train, {.batch_size = 128, .epochs = example.pick(20, 3), .validation_split = 0.15});

  const Logs logs = model.evaluate(x_test, y_test);
  examples::result("accuracy", logs["sparse_categorical_accuracy"]);
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, antirectifier); }
