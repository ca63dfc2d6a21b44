// Keras's policy of types, which all its layers have in their configs.
#pragma once

#include "reel/models/describe/fields.h"

namespace reel {

/// Float32, in which everything is computed here; `set` throws ValueError for another.
struct PolicyField final : Field {
  Config get() const override;
  void set(const Config& value) override;
};

}  // namespace reel
