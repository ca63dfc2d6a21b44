// Flow: what goes from layer to layer, and at last to losses and metrics.
#pragma once

#include <cstdint>
#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// Values [rows, ...], and for sequences perhaps a mask [rows, steps] of 1 (valid) and 0. Loss and metrics leave out
/// what the mask of the last layer says is not valid.
class Flow {
 public:
  /// Functions that a value may be told to be the result of. From their argument, a crossentropy loses nothing as a
  /// share comes close to 0 or 1.
  enum class Of : uint8_t { any, sigmoid, softmax };

  Flow(Var value_of = {}, Var mask_of = {}) : value(value_of), mask(mask_of) {}
  /// `value_of` is `of` these logits, which have its type and shape.
  Flow(Var value_of, Var mask_of, Of of, Var logits) : Flow(value_of, mask_of) {
    of_ = of;
    result_ = value_of;
    logits_ = logits;
  }

  /// The logits whose sigmoids, or softmax over the last axis, the value is; an empty Var if nobody has told, and where
  /// the value has become another since.
  Var logits_of(Of function) const { return function == of_ && value && value == result_ ? logits_ : Var{}; }

  /// The same elements in another shape, which `reshape` gives a Var; without a mask, and softmaxes without their
  /// logits, for their axis may be another.
  template <class Reshape>
  Flow reshaped(Reshape&& reshape) const {
    const Var logits = logits_of(Of::sigmoid);
    return logits ? Flow(reshape(value), {}, Of::sigmoid, reshape(logits)) : Flow(reshape(value));
  }

  Var value;
  Var mask;

 private:
  Of of_ = Of::any;
  Var result_, logits_;
};

using Flows = std::vector<Flow>;

}  // namespace reel
