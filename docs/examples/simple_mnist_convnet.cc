// Keras's example simple_mnist_convnet: a small convolutional network tells pictures apart. On Fashion-MNIST, where
// Keras's takes MNIST.
#include "example.h"
#include "reel/models/data/arrays.h"

using namespace reel;

namespace {

constexpr int64_t kClasses = 10;

void simple_mnist_convnet(const examples::Example& example) {
  const auto [x_train, labels, x_test, test_labels] =
      examples::fashion_mnist(example.pick(10'000, 1'000), example.pick(10'000, 500));
  if (example.saves({{"x_train", x_train}, {"y_train", labels}, {"x_test", x_test}, {"y_test", test_labels}})) return;
  const Tensor y_train = to_categorical(labels, kClasses), y_test = to_categorical(test_labels, kClasses);

  Sequential model{
      Input({28, 28, 1}),   Conv2D(32, {3, 3}, {.activation = relu}),
      MaxPooling2D({2, 2}), Conv2D(64, {3, 3}, {.activation = relu}),
      MaxPooling2D({2, 2}), Flatten(),
      Dropout(0.5),         Dense(kClasses, {.activation = softmax}),
  };
  fmt::print("{}", model.summary());
  model.compile("adam", "categorical_crossentropy", "accuracy");
  model.fit(x_train, y_train, {.batch_size = 128, .epochs = example.pick(10, 3), .validation_split = 0.1});

  const auto [loss, accuracy] = model.evaluate(x_test, y_test).values<2>();
  fmt::print("Test loss: {:.4f}\n", loss);
  examples::result("accuracy", accuracy);
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, simple_mnist_convnet); }
