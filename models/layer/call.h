// Call: one application of a layer, while a graph is recorded, with all that a layer may need for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reel/graph/targets.h"
#include "reel/models/activations/flow.h"
#include "reel/models/layer/variable.h"

namespace reel {

class Layer;
class LayerPtr;
class Recording;

/// What a call site says, other than the inputs.
struct CallOptions {
  std::optional<bool> training = std::nullopt;  ///< instead of what the caller's call is
  std::vector<Var> masks = {};                  ///< by input, instead of its own; an empty Var leaves that

  // For layers that name them in `call_options`; the others refuse them.
  Var attention_mask = {};               ///< not 0 where a query may attend to a key, as MultiHeadAttention takes it
  bool use_causal_mask = false;          ///< no query attends to keys that come after it
  bool return_attention_scores = false;  ///< the shares of attention are a second output
  bool reverse = false;                  ///< ReversibleEmbedding: from vectors to logits of ids

  bool operator==(const CallOptions&) const = default;
};

/// What a layer is handed when it is applied.
class Call {
 public:
  Call(Recording& recording, const Layer& layer, bool training, CallOptions options = {})
      : recording_(recording), layer_(layer), training_(training), options_(std::move(options)) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Graph& graph() const;
  /// Whether this is training and not inference: what the call site says, else the caller.
  bool training() const { return training_; }
  /// What the call site says beside that; masks have become those of the inputs.
  const CallOptions& options() const { return options_; }
  /// The variable, as last assigned in this program.
  Var operator[](const Variable& variable) const;
  /// From here on the variable is `value`, of its type. After the run, if that passes its guard, the last value
  /// assigned is kept. No gradient flows through it to the next step.
  void assign(const Variable& variable, Var value);
  /// Uniform on [0, 1), in multiples of 2^-24: f32 [rows, of_row...], drawn anew for each call, step, and row of the
  /// batch, by the layer's seed and its place in the model. The same for any number of threads.
  Var uniform(const Shape& of_row);
  /// The same, standard normal.
  Var normal(const Shape& of_row);
  /// Adds [] to what training minimises.
  void add_loss(Var loss);
  /// Applies a layer within this one.
  Flows apply(const LayerPtr& inner, const Flows& inputs, const CallOptions& options = {});
  Flow apply(const LayerPtr& inner, const Flow& input, const CallOptions& options = {});
  /// A call of a layer within this one, which is built for these inputs if it is not: for a layer that asks another for
  /// more than its calls.
  Call enter(const LayerPtr& inner, const std::vector<Type>& inputs) const;
  Recording& recording() const { return recording_; }

 private:
  Recording& recording_;
  const Layer& layer_;
  bool training_;
  CallOptions options_;
};

}  // namespace reel
