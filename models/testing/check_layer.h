// Checks a layer: for whoever writes one. Reel's own layers go through the same.
#pragma once

#include <vector>

#include "reel/models/layer/layer.h"
#include "reel/models/testing/check_error.h"

namespace reel {

struct LayerCheckOptions {
  bool has_config = true;    ///< a function that a layer was made with has none
  int64_t most_id = 2;       ///< whole numbers are drawn from 0 to this
  bool masks_first = false;  ///< whether a mask [rows, steps] comes with the first input
  bool masks_all = false;    ///< with each of them
  CallOptions call = {};     ///< what its call is given beside inputs and masks
  double step = 1e-5;        ///< of central differences in double
  double tolerance = 1e-6;   ///< of derivatives, relative to the sum of what is added up
};

/// Checks, for inputs of these types, [rows, ...] each, floats or whole numbers:
/// - the config: what is made of it has an equal one and gives the same values, and takes other numbers from it; a
/// clone
///   has an equal one, and shares no variable;
/// - shapes: outputs have the rows of the inputs, 1 and 1,001 of them;
/// - rows: in inference any block of rows gives the same bits, alone or among 1,001, on one thread or on three;
/// - training: it gives finite values, the same bits on one thread and on three, and what it assigns is finite;
/// - the mask goes on if the layer `supports_masking`;
/// - gradients, in inference and in training, of inputs and trainable variables, against central differences in double.
/// Throws CheckError for the first that does not hold, and what the layer throws. As keras.src.testing's
/// `run_layer_test`.
void check_layer(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options = {});

}  // namespace reel
