// Sequential: a model whose layers stand one after the other.
#pragma once

#include "reel/models/model/model.h"

namespace reel {

using SequentialOptions = ModelOptions;

/// keras.Sequential.
///
///   Sequential model{Embedding(5000, 32, {.input_length = 500}), SimpleRNN(128), Dense(1, {.activation = sigmoid})};
///   model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
///   History history = model.fit(x, y, {.batch_size = 128, .epochs = 10});
///
/// Weights are made when the input is known: at once if the first layer knows it, otherwise with the first data.
class Sequential : public Model {
 public:
  /// Of no layers, until some are added.
  Sequential() : Sequential(std::vector<LayerPtr>()) {}
  Sequential(std::initializer_list<LayerPtr> layers) : Sequential(std::vector<LayerPtr>(layers)) {}
  /// Names layers that have no name after their class ("dense", "dense_1"). Throws ValueError for two layers of the
  /// same name, ShapeError, as `build` does, if they do not fit together; then no layer is changed.
  Sequential(std::vector<LayerPtr> layers, const SequentialOptions& options = {});

  /// One more layer at the end. Throws as the constructor does.
  void add(const LayerPtr& layer);
  /// Takes the last layer away. Throws ValueError where there is none.
  void pop();
};

}  // namespace reel
