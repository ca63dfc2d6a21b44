#include "reel/models/layer/layer.h"

#include "reel/graph/error.h"

namespace reel {

void LayerPtr::require_layer() const {
  if (!layer_) throw ValueError("layer: expected a layer, got a null pointer");
}

}  // namespace reel
