// Keras's example lstm_character_level_text_generation: an LSTM that reads forty characters and says which comes next
// writes texts. Keras's reads Nietzsche; this one reads film reviews that a small grammar writes, or the text that
// --data names.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <set>

#include "example.h"
#include "reel/models/data/timeseries.h"

using namespace reel;

namespace {

constexpr int64_t kMaxLen = 40, kStep = 3;

std::string text_to_read(const examples::Example& example) {
  std::string text;
  if (!example.data_path.empty()) {
    std::ifstream file(example.data_path);
    text.assign(std::istreambuf_iterator<char>(file), {});
  } else {
    for (const std::string& review : generate_reviews(200, 0).texts) text += review + "\n";
  }
  std::ranges::replace(text, '\n', ' ');
  return lowered_text(text.substr(0, static_cast<size_t>(example.pick(60'000, 12'000))));
}

/// Draws from shares, of which a temperature below 1 makes the likely ones likelier: Keras's `sample`.
int sampled(const Tensor& shares, double temperature, std::mt19937& bits) {
  std::vector<double> weights;
  for (const float share : shares.data<float>()) weights.push_back(std::pow(share, 1 / temperature));
  return std::discrete_distribution<int>(weights.begin(), weights.end())(bits);
}

/// What the model goes on with, character by character, behind `kMaxLen` others.
std::string written(Model& model, std::vector<int> ids, const std::string& characters, double temperature) {
  std::mt19937 bits(1);
  std::string text;
  for (int i = 0; i < 100; ++i) {
    const Tensor read = one_hot(Tensor::of(ids), static_cast<int64_t>(characters.size()));
    ids.erase(ids.begin());
    ids.push_back(sampled(model.predict(expand_dims(read, 0)), temperature, bits));
    text += characters[static_cast<size_t>(ids.back())];
  }
  return text;
}

void text_generation(const examples::Example& example) {
  const std::string text = text_to_read(example);
  const std::set<char> kinds(text.begin(), text.end());
  const std::string characters(kinds.begin(), kinds.end());
  std::vector<int> ids;
  for (const char c : text) ids.push_back(static_cast<int>(characters.find(c)));
  if (example.saves({{"ids", Tensor::of(ids)}})) return;

  const auto classes = static_cast<int64_t>(characters.size());
  const Tensor series = one_hot(Tensor::of(ids), classes);  // [characters of the text, classes]
  const auto [x, y] = timeseries_dataset_from_array(series, series.slice_rows(kMaxLen, series.shape()[0]), kMaxLen,
                                                    {.sequence_stride = kStep});
  fmt::print("{} sequences of {} characters, of {} kinds\n", y.shape()[0], kMaxLen, classes);

  Sequential model{Input({kMaxLen, classes}), LSTM(128), Dense(classes, {.activation = softmax})};
  model.compile({.loss = "categorical_crossentropy", .optimizer = RMSprop(0.01)});
  const History history = model.fit(x, y, {.batch_size = 128, .epochs = example.pick(10, 4)});

  const std::vector<int> seed(ids.begin(), ids.begin() + kMaxLen);
  for (const double temperature : {0.2, 0.5, 1.0, 1.2}) {
    fmt::print("temperature {}: {}[{}]\n", temperature, text.substr(0, kMaxLen),
               written(model, seed, characters, temperature));
  }
  examples::result("loss", history["loss"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, text_generation); }
