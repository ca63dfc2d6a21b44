// Keras's example vae: a variational autoencoder, with a layer that draws and a training step of its own. Its code has
// two numbers a picture. On Fashion-MNIST, where Keras's takes MNIST.
#include "example.h"

using namespace reel;

namespace {

constexpr int64_t kLatent = 2;

/// Mean and logarithm of the variance -> what is drawn from that normal distribution, [rows, latent].
struct Sampling : LayerOf<Sampling> {
  std::string class_name() const override { return "examples>Sampling"; }
  void build_many(std::span<const Type>) override {}
  Flows call_many(Call& call, const Flows& inputs) const override {
    const Var z_mean = inputs[0].value, z_log_var = inputs[1].value;
    return {z_mean + exp(0.5 * z_log_var) * call.normal({kLatent})};
  }
};

/// The negative evidence lower bound: how badly pictures are redrawn, and how far codes are from the standard normal.
void train_step(CustomStep& step) {
  const Flows out = step.predict();
  const Var z_mean = out[1].value, z_log_var = out[2].value;
  const Var crossentropy = BinaryCrossentropy{}(step.x(), out[0]);  // [rows, 28, 28]
  const Var reconstruction_loss = mean(sum(crossentropy, {1, 2}));
  const Var kl_loss = mean(sum(-0.5 * (1 + z_log_var - square(z_mean) - exp(z_log_var)), 1));
  const Var total = reconstruction_loss + kl_loss;
  if (step.training()) step.minimize(total);
  step.log("loss", total);
  step.log("reconstruction_loss", reconstruction_loss);
  step.log("kl_loss", kl_loss);
}

void vae(const examples::Example& example) {
  const examples::Pictures pictures = examples::fashion_mnist(example.pick(5'000, 500), example.pick(2'000, 200));
  const Tensor &x_train = pictures.x_train, &x_test = pictures.x_test;
  if (example.saves({{"x_train", x_train}, {"x_test", x_test}})) return;

  const Input picture({28, 28, 1});
  SymbolicTensor x = Conv2D(32, 3, {.strides = 2, .padding = "same", .activation = relu})(picture);
  x = Conv2D(64, 3, {.strides = 2, .padding = "same", .activation = relu})(x);
  x = Dense(16, {.activation = relu})(Flatten()(x));
  const SymbolicTensor z_mean = Dense(kLatent, {.name = "z_mean"})(x);
  const SymbolicTensor z_log_var = Dense(kLatent, {.name = "z_log_var"})(x);
  const SymbolicTensor z = Sampling()({z_mean, z_log_var});

  const Input code({kLatent});
  x = Reshape({7, 7, 64})(Dense(7 * 7 * 64, {.activation = relu})(code));
  x = Conv2DTranspose(64, 3, {.strides = 2, .padding = "same", .activation = relu})(x);
  x = Conv2DTranspose(32, 3, {.strides = 2, .padding = "same", .activation = relu})(x);
  x = Conv2DTranspose(1, 3, {.padding = "same", .activation = sigmoid})(x);
  const Model decoder(code, x, {.name = "decoder"});

  Model model({picture}, {decoder(z), z_mean, z_log_var});
  model.compile({.optimizer = Adam{}, .train_step = train_step, .test_step = train_step});
  model.fit(x_train, {}, {.batch_size = example.pick(128, 16), .epochs = example.pick(10, 4)});
  const Logs logs = model.evaluate(x_test, {});
  examples::result("test_loss", logs["loss"]);
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, vae); }
