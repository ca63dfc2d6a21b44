// The README's C++ is compiled and run: every line of its examples stands in this file too.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
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
model.save_weights("model.npz");  // numpy.load reads it

  CHECK(history["loss"].size() == 10);
  CHECK(history["loss"].back() < history["loss"].front());
  CHECK(predictions.shape() == Shape{4, 1});
  CHECK(std::filesystem::exists("model.npz"));
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
