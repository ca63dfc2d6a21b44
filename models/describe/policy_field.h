// Keras's policy of types, which all its layers have in their configs.
#pragma once

#include "reel/models/describe/fields.h"

namespace reel {

/// Float32, in which everything is computed here, or what a layer that computes nothing calls its indices; `set` throws
/// ValueError for another than the one that is told or float32.
struct PolicyField final : Field {
  explicit PolicyField(std::string_view of = "float32") : name(of) {}
  Config get() const override;
  void set(const Config& value) override;
  std::string_view name;
};

}  // namespace reel
