// Keras's example text_classification_with_transformer: a block of attention over the words of a review.
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/einsum_dense.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/multi_head_attention.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/row_normalization.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

SymbolicTensor transformer_block(const SymbolicTensor& x, const ZooConfig& config) {
  const int64_t width = config["embedding"];
  const double rate = config.real("dropout");
  const SymbolicTensor attended = MultiHeadAttention(config["heads"], width)({x, x});
  const SymbolicTensor y = LayerNormalization({.epsilon = 1e-6})(Add()({x, Dropout(rate)(attended)}));
  const SymbolicTensor fed = Dense(width)(Dense(config["units"], {.activation = relu})(y));
  return LayerNormalization({.epsilon = 1e-6})(Add()({y, Dropout(rate)(fed)}));
}

Model build(const ZooConfig& config) {
  const int64_t steps = config["steps"], width = config["embedding"];
  Input words({steps}, {.dtype = DType::i32, .name = "words"});
  SymbolicTensor x = Embedding(config["vocabulary"], width)(words);
  // A bias for each step is what tells where a word stands.
  x = EinsumDense("bsd,de->bse", {steps, width},
                  {.bias_axes = "se", .bias_initializer = "uniform", .name = "positions"})(x);
  for (int64_t i = 0; i < config["blocks"]; ++i) x = transformer_block(x, config);
  x = Dropout(config.real("dropout"))(GlobalAveragePooling1D()(x));
  x = Dropout(config.real("dropout"))(Dense(20, {.activation = relu})(x));
  Model model(words, class_layer(config)(x),
              {.name = "transformer_text", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile(class_options(config));
  return model;
}

}  // namespace

ZooModel zoo_transformer_text() {
  std::vector<ZooOption> options{
      whole_option("embedding", 32, "numbers that stand for a word, and of each head"),
      whole_option("heads", 2, "of attention", 1, 64),
      whole_option("units", 32, "between the two Dense layers of a block"),
      whole_option("blocks", 1, "of attention, one on the other", 1, 16),
      real_option("dropout", 0.1, "share that is left out in training", 0, 0.9),
  };
  for (ZooOption& option : review_options(200)) options.push_back(std::move(option));
  ZooModel model = review_model("transformer_text", "a transformer's block over 200 words of a film review", build,
                                std::move(options));
  model.epochs = 2;
  model.batch_size = 32;
  return model;
}

}  // namespace reel
