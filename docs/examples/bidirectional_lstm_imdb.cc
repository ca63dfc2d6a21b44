// Keras's example bidirectional_lstm_imdb: two LSTMs, each in both directions, tell whether a film review likes the
// film.
#include "example.h"

using namespace reel;

namespace {

constexpr int32_t kMaxFeatures = 20'000;  // words that are told apart
constexpr int64_t kMaxLen = 200;          // of which the last ones of a review are read

void bidirectional_lstm_imdb(const examples::Example& example) {
  const int64_t maxlen = example.pick(kMaxLen, 60), count = example.pick(10'000, 1'000);
  const auto [x_train, y_train, x_val, y_val] =
      examples::imdb_reviews(example, kMaxFeatures, maxlen, count, example.pick(5'000, 300));
  if (example.saves({{"x_train", x_train}, {"y_train", y_train}, {"x_val", x_val}, {"y_val", y_val}})) return;

  const Input inputs({unknown}, "int32");
  SymbolicTensor x = Embedding(kMaxFeatures, 128)(inputs);
  x = Bidirectional(LSTM(example.pick(64, 16), {.return_sequences = true}))(x);
  x = Bidirectional(LSTM(example.pick(64, 16)))(x);
  const SymbolicTensor outputs = Dense(1, {.activation = sigmoid})(x);
  Model model(inputs, outputs);
  fmt::print("{}", model.summary());

  model.compile("adam", "binary_crossentropy", "accuracy");
  const History history =
      model.fit(x_train, y_train, {.batch_size = 32, .epochs = example.pick(2, 3), .validation_data = {x_val, y_val}});
  examples::result("val_accuracy", history["val_accuracy"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, bidirectional_lstm_imdb); }
