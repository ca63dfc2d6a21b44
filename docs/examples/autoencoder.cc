// Keras's example autoencoder: a convolutional autoencoder learns to redraw pictures, and then to take noise out of
// them. On Fashion-MNIST, where Keras's takes MNIST.
#include "example.h"

using namespace reel;

namespace {

/// Pictures with noise, from 0 to 1 as they were.
Tensor noisy(const Tensor& pictures, uint64_t seed) {
  return clip(pictures + 0.4 * Tensor::randn(pictures.shape(), seed), 0, 1);
}

void autoencoder_of_pictures(const examples::Example& example) {
  const examples::Pictures pictures = examples::fashion_mnist(example.pick(5'000, 500), example.pick(2'000, 200));
  const Tensor& x_train = pictures.x_train;
  const Tensor& x_test = pictures.x_test;
  const Tensor noisy_train = noisy(x_train, 1), noisy_test = noisy(x_test, 2);
  if (example.saves(
          {{"x_train", x_train}, {"noisy_train", noisy_train}, {"x_test", x_test}, {"noisy_test", noisy_test}}))
    return;

  const Input input({28, 28, 1});
  SymbolicTensor x = Conv2D(32, 3, {.padding = "same", .activation = relu})(input);
  x = MaxPooling2D(2, {.padding = "same"})(x);
  x = Conv2D(32, 3, {.padding = "same", .activation = relu})(x);
  x = MaxPooling2D(2, {.padding = "same"})(x);
  x = Conv2DTranspose(32, 3, {.strides = 2, .padding = "same", .activation = relu})(x);
  x = Conv2DTranspose(32, 3, {.strides = 2, .padding = "same", .activation = relu})(x);
  x = Conv2D(1, 3, {.padding = "same", .activation = sigmoid})(x);
  Model autoencoder(input, x);
  autoencoder.compile("adam", "binary_crossentropy");
  fmt::print("{}", autoencoder.summary());

  const int64_t batch_size = example.pick(128, 32);
  autoencoder.fit(x_train, x_train,
                  {.batch_size = batch_size, .epochs = example.pick(3, 2), .validation_data = {x_test, x_test}});
  const History history = autoencoder.fit(
      noisy_train, x_train,
      {.batch_size = batch_size, .epochs = example.pick(7, 2), .validation_data = {noisy_test, x_test}});
  examples::result("val_loss", history["val_loss"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, autoencoder_of_pictures); }
