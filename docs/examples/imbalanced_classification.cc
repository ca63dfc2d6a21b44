// Keras's example imbalanced_classification: of very many transactions a few are frauds, which weights of classes make
// up for. Keras's takes the Kaggle set Credit Card Fraud Detection, 284,807 rows of which 0.17 % are frauds; here, a
// made table of the same columns and share: time, 28 components, amount.
#include "example.h"

using namespace reel;

namespace {

/// Features [n, 30], and 1 for frauds, [n, 1]. Of frauds, some components lie elsewhere, each fraud's more or less.
std::pair<Tensor, Tensor> transactions(int64_t n) {
  const Tensor u = Tensor::uniform({n, 3}, 0, 1, 1), z = Tensor::randn({n, 28}, 2);
  const Tensor is_fraud = slice(u, 1, 0, 1) < 0.0017;
  const Tensor direction = Tensor::randn({1, 28}, 3) * (Tensor::uniform({1, 28}, 0, 1, 4) < 0.4);
  const Tensor components = z * (1 + is_fraud) + 2.5 * is_fraud * direction * (0.4 + slice(u, 1, 1, 1));
  const Tensor time = Tensor::linspace(0, 172'792, n).reshape({-1, 1}), amount = exp(3 + 1.5 * slice(z, 1, 0, 1));
  return {concatenate({time, components, amount}), is_fraud};
}

void imbalanced_classification(const examples::Example& example) {
  const int64_t n = example.pick(100'000, 30'000), split = n * 8 / 10;
  const auto [features, targets] = transactions(n);
  const Tensor training = features.slice_rows(0, split);
  const Tensor scaled = (features - mean(training, {0})) / stddev(training, {0});
  const Tensor x_train = scaled.slice_rows(0, split), y_train = targets.slice_rows(0, split);
  const Tensor x_val = scaled.slice_rows(split, n), y_val = targets.slice_rows(split, n);
  if (example.saves({{"x_train", x_train}, {"y_train", y_train}, {"x_val", x_val}, {"y_val", y_val}})) return;

  const double frauds = sum(y_train).item(), others = static_cast<double>(split) - frauds;
  fmt::print("{} of {} transactions to train on are frauds\n", frauds, split);
  Sequential model{
      Input({30}),
      Dense(256, {.activation = relu}),
      Dense(256, {.activation = relu}),
      Dropout(0.3),
      Dense(256, {.activation = relu}),
      Dropout(0.3),
      Dense(1, {.activation = sigmoid}),
  };
  model.compile({.loss = "binary_crossentropy",
                 .optimizer = Adam(0.01),
                 .metrics = {FalseNegatives{.name = "fn"}, FalsePositives{.name = "fp"}, TrueNegatives{.name = "tn"},
                             TruePositives{.name = "tp"}, Precision{}, Recall{}, AUC{.curve = "PR"}}});
  const History history = model.fit(x_train, y_train,
                                    {.batch_size = 2048,
                                     .epochs = example.pick(30, 10),
                                     .validation_data = {x_val, y_val},
                                     .class_weight = {{0, 1 / others}, {1, 1 / frauds}}});
  fmt::print("Of {} frauds to validate on {} are found, and {} others are taken for some\n", sum(y_val).item(),
             history["val_tp"].back(), history["val_fp"].back());
  examples::result("val_auc", history["val_auc"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, imbalanced_classification); }
