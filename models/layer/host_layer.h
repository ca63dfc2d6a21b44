// HostLayer: a layer that runs on the host, before the program of the model that it stands in, as those that read
// texts.
#pragma once

#include <optional>

#include "reel/models/layer/saved_vocabulary.h"
#include "reel/models/layer/strings.h"
#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

/// Stands at a model's inputs: it is called on an `Input`, or on what another of its kind gives. The model runs it on
/// the rows that it is given, and its program begins with the numbers that come of them. Called on values, as layers in
/// Keras are, it runs at once. It has no variables: what it learns, as a vocabulary, it keeps itself.
class HostLayer : public Layer {
 public:
  /// What it gives of rows like these. Extents that follow from the rows are `unknown`. Throws ShapeError and
  /// ValueError for what it does not take.
  virtual SymbolicType type_of(const SymbolicType& input) const = 0;
  /// Of rows [n, ...]. Throws ShapeError and ValueError likewise.
  virtual HostValue run(const HostValue& rows_of) const = 0;
  /// Whether it is worth while to run it batch by batch, as what it gives takes much more memory than what it reads.
  virtual bool is_wide() const { return false; }

  /// What it has learned, for a file; none where its config tells all. Keras: Layer.save_assets. Throws ValueError for
  /// what no file holds.
  virtual std::optional<SavedVocabulary> save_vocabulary() const { return {}; }
  /// The reverse. Throws ValueError for what is no vocabulary of it.
  virtual void load_vocabulary(const SavedVocabulary&) {}

  /// Throws Error: no program runs it.
  Flows call_many(Call& call, const Flows& inputs) const override;
};

/// The layer as one that runs on the host; null for others.
const HostLayer* host_layer(const LayerPtr& layer);

/// What a call of it gives. Throws ShapeError, naming the layer, unless it stands at the inputs of the model.
SymbolicType host_call_type(const HostLayer& layer, const std::vector<SymbolicTensor>& inputs);

}  // namespace reel
