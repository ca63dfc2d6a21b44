// All classes of layers, models among them, by Keras's names.
#pragma once

#include "reel/models/describe/family.h"
#include "reel/models/layer/layer.h"

namespace reel {

Family<LayerPtr>& layer_classes();

}  // namespace reel
