// Checks a layer: for whoever writes one. Reel's own layers go through the same.
#pragma once

#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/layer/layer.h"

namespace reel {

/// What a layer does that it should not; `what()` names the layer and the check.
class LayerCheckError : public Error {
 public:
  using Error::Error;
};

struct LayerCheckOptions {
  bool has_config = true;    ///< a function that a layer was made with has none
  int64_t most_id = 2;       ///< whole numbers are drawn from 0 to this
  bool masks_first = false;  ///< whether a mask [rows, steps] comes with the first input
  double step = 1e-5;        ///< of central differences in double
  double tolerance = 1e-6;   ///< of derivatives, relative to the sum of what is added up
};

/// Checks, for inputs of these types, [rows, ...] each, floats or whole numbers:
/// - the config: what is made of it has an equal one, and so has a clone, which shares no variable;
/// - shapes: outputs have the rows of the inputs, 1 and 1,001 of them;
/// - rows: in inference any block of rows gives the same bits, alone or among 1,001, on one thread or on three;
/// - training: it gives finite values, the same bits on one thread and on three, and what it assigns is finite;
/// - the mask goes on if the layer `supports_masking`;
/// - gradients, in inference and in training, of inputs and trainable variables, against central differences in double.
/// Throws LayerCheckError for the first that does not hold, and what the layer throws. As keras.src.testing's
/// `run_layer_test`.
void check_layer(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options = {});

}  // namespace reel
