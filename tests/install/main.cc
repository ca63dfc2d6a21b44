// Trains a layer that ends in an op of this project's.
#include <fmt/format.h>
#include <reel/reel.h>

#include "extension/my_op.h"

using namespace reel;

int main() {
  Sequential model{Dense(8, {.activation = mine::softsign}), Dense(1)};
  model.compile({.loss = "mse", .optimizer = SGD{.learning_rate = 0.1}});
  const Tensor x = Tensor::randn({64, 4}, 1), y = Tensor::zeros({64, 1});
  const double before = model.train_on_batch(x, y)["loss"];
  for (int i = 0; i < 20; ++i) model.train_on_batch(x, y);
  const double after = model.evaluate(x, y)["loss"];
  fmt::print("loss {:.4f}, then {:.4f}\n", before, after);
  return after < before / 2 ? 0 : 1;
}
