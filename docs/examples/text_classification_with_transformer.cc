// Keras's example text_classification_with_transformer: a block of a transformer and an embedding of words and places,
// both layers of one's own that hold others, tell whether a film review likes the film.
#include "example.h"

using namespace reel;

namespace {

constexpr int32_t kVocabulary = 20'000;
constexpr int64_t kMaxLen = 200, kEmbedDim = 32, kHeads = 2, kFeedForward = 32;

/// Attention between all steps, then Dense layers for each, both added to what they get and normalized.
struct TransformerBlock : LayerOf<TransformerBlock> {
  LayerPtr attention, feed_forward, first_norm, second_norm, first_dropout, second_dropout;

  explicit TransformerBlock(double rate = 0.1)
      : attention(MultiHeadAttention(kHeads, kEmbedDim)),
        feed_forward(Sequential{Dense(kFeedForward, {.activation = relu}), Dense(kEmbedDim)}),
        first_norm(LayerNormalization({.epsilon = 1e-6})),
        second_norm(LayerNormalization({.epsilon = 1e-6})),
        first_dropout(Dropout(rate)),
        second_dropout(Dropout(rate)) {}
  std::string class_name() const override { return "examples>TransformerBlock"; }
  Flow call_masked(Call& call, Flow x) const override {
    const Flow attended = call.apply(first_dropout, call.apply(attention, Flows{x, x})[0]);
    const Flow between = call.apply(first_norm, Flow(x.value + attended.value));
    const Flow fed = call.apply(second_dropout, call.apply(feed_forward, between));
    return call.apply(second_norm, Flow(between.value + fed.value));
  }
};

/// Words and the places they stand at, each as a vector; their sum.
struct TokenAndPositionEmbedding : LayerOf<TokenAndPositionEmbedding> {
  LayerPtr tokens = Embedding(kVocabulary, kEmbedDim);
  Variable positions;

  std::string class_name() const override { return "examples>TokenAndPositionEmbedding"; }
  void build(const Type& x) override { positions = add_weight("positions", {x.shape[1], kEmbedDim}, "uniform"); }
  Flow call_masked(Call& call, Flow x) const override { return call.apply(tokens, x).value + call[positions]; }
};

void text_classification_with_transformer(const examples::Example& example) {
  const int64_t maxlen = example.pick(kMaxLen, 40), count = example.pick(10'000, 1'000);
  const auto [x_train, y_train, x_val, y_val] =
      examples::imdb_reviews(example, kVocabulary, maxlen, count, example.pick(5'000, 300));
  if (example.saves({{"x_train", x_train}, {"y_train", y_train}, {"x_val", x_val}, {"y_val", y_val}})) return;

  const Input inputs({maxlen}, "int32");
  SymbolicTensor x = TokenAndPositionEmbedding()(inputs);
  x = TransformerBlock()(x);
  x = GlobalAveragePooling1D()(x);
  x = Dropout(0.1)(x);
  x = Dense(20, {.activation = relu})(x);
  x = Dropout(0.1)(x);
  Model model(inputs, Dense(2, {.activation = softmax})(x));
  model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
  const History history =
      model.fit(x_train, y_train, {.batch_size = 32, .epochs = example.pick(2, 8), .validation_data = {x_val, y_val}});
  examples::result("val_accuracy", history["val_accuracy"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, text_classification_with_transformer); }
