// The README's C++ is compiled and run: every line of its examples stands in this file too.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "models/temporary_folder.h"
#include "tools/zoo_data.h"

#include <reel/reel.h>
using namespace reel;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string trimmed(const std::string& line) {
  const size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? "" : line.substr(begin);
}

}  // namespace

// clang-format off
TEST_CASE("README: a graph of layers", "[readme]") {
Input image({784});
SymbolicTensor code = Dense(32, {.activation = relu})(image);
Model autoencoder(image, Dense(784, {.activation = sigmoid})(code)), encoder(image, code);
  CHECK(encoder.predict(Tensor::zeros({2, 784})).shape() == Shape{2, 32});
  CHECK(autoencoder.predict(Tensor::zeros({2, 784})).shape() == Shape{2, 784});
}

TEST_CASE("README: the model", "[readme]") {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "imdb.npz", testing::reviews_file({{5, 1, 9}, {2, 8}, {40, 3, 3, 7}, {6}}, 1));
  const testing::ScopedVariable data("REEL_DATA", folder.path());
  const auto back = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());

auto [train, test] = imdb::load_data({.num_words = 5000});  // from this machine, or downloaded, as Keras does
Samples x = PaddedSequences(train.x, {.maxlen = 500}), val_x = PaddedSequences(test.x, {.maxlen = 500});
Tensor y = Tensor::of(train.y), val_y = Tensor::of(test.y);

Sequential model{Embedding(5000, 32, {.input_length = 500}), SimpleRNN(128), Dense(1, {.activation = sigmoid})};
model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
History history = model.fit(x, y, {.batch_size = 128, .epochs = 10, .validation_data = {val_x, val_y}});
Tensor predictions = model.predict(val_x);
model.save("model.keras");  // keras.models.load_model opens it; Model::load opens Keras's

  CHECK(history["loss"].size() == 10);
  CHECK(history["loss"].back() < history["loss"].front());
  CHECK(predictions.shape() == Shape{4, 1});
  CHECK(Model::load("model.keras").weights_sha256() == model.weights_sha256());
  std::filesystem::current_path(back);
}

TEST_CASE("README: the tape", "[readme]") {
  const Tensor batch = Tensor::randn({5, 128}, 2);

Tape tape;
Var w = tape.parameter(Tensor::randn({128, 128}, 1)), v = tape.input({rows, 128});
Var loss = mean(square(tanh(matmul(v, w))));
Var dw = tape.gradient(loss, w);
Program step = tape.compile({loss, dw});
std::vector<Tensor> out = step.run({batch});

  CHECK(out[0].item() > 0);
  CHECK(out[1].shape() == Shape{128, 128});
}
TEST_CASE("README: tensors", "[readme]") {
  std::ostringstream printed;
  const auto cout_buffer = std::cout.rdbuf(printed.rdbuf());
Tensor points = Tensor::of({{0.0f, 0.0f}, {0.0f, 1.0f}, {1.0f, 0.0f}, {1.0f, 1.0f}});
std::cout << points[1] << (points - mean(points, {0})) / 2.0;
  std::cout.rdbuf(cout_buffer);
  CHECK(printed.str().starts_with("[0. 1.][[-0.25 -0.25]"));

Sequential net{Dense(8, {.activation = "tanh"}), Dense(1, {.activation = "sigmoid"})};
net.compile(Adam(0.1), "binary_crossentropy", "accuracy");
net.fit(points, std::vector<int>{0, 1, 1, 0}, {.epochs = 200, .verbose = 0});
const auto [loss, accuracy] = net.evaluate(points, std::vector<int>{0, 1, 1, 0}).values<2>();
  CHECK(loss < 0.1);
  CHECK(accuracy == 1);
}

struct Enough : Callback {
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (epoch > 2 && logs["accuracy"] == 1) stop_training();
  }
};

TEST_CASE("README: callbacks", "[readme]") {
  const testing::TemporaryFolder folder;
  const std::filesystem::path back = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const Tensor points = Tensor::of({{-1.0f, 0.5f}, {1.0f, 0.0f}}), classes = Tensor::of({0, 1});
  Sequential net({Dense(1, {.activation = "sigmoid"})}, {.seed = 1});
  net.compile(Adam(0.1), "binary_crossentropy", "accuracy");

History history = net.fit(points, classes, {.epochs = 500,
                                            .callbacks = {Enough{}, EarlyStopping{.monitor = "loss", .patience = 5},
                                                          ModelCheckpoint{.filepath = "net-{epoch:02d}.keras"}},
                                            .class_weight = {{0, 1.0}, {1, 2.0}}});
  CHECK(history["accuracy"].back() == 1);
  CHECK(history.epochs.size() < 100);
  CHECK(std::filesystem::exists("net-04.keras"));
  std::filesystem::current_path(back);
}

TEST_CASE("README: a trainer", "[readme]") {
  const Tensor points = Tensor::randn({8, 2}, 1), targets = Tensor::ones({8, 1});
Tape tape;
Var x = tape.input({rows, 2}), y = tape.input({rows, 1});
Var w = tape.parameter(Tensor::zeros({2, 1}), "w"), b = tape.parameter(Tensor::zeros({1}), "b");
Trainer trainer(tape, {w, b}, mean(square(matmul(x, w) + b - y)), Adam(0.1));
double loss = trainer.step({points, targets});
  CHECK(loss == 1);
  for (int i = 0; i < 100; ++i) loss = trainer.step({points, targets});
  CHECK(loss < 0.01);
}
// clang-format on

TEST_CASE("README: its examples are the ones run here", "[readme]") {
  const std::string source = read(REEL_SOURCE_DIR "/tests/readme_test.cc");
  std::istringstream readme(read(REEL_SOURCE_DIR "/README.md"));
  bool in_example = false;
  int lines = 0;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("```")) {
      in_example = line == "```cpp";
    } else if (in_example && !trimmed(line).empty()) {
      ++lines;
      CAPTURE(line);
      CHECK(source.find("\n" + line + "\n") != std::string::npos);
    }
  }
  CHECK(lines > 0);
}
