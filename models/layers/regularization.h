// Layers that change nothing but what training minimises.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

struct ActivityRegularizationOptions {
  double l1 = 0, l2 = 0;
  std::string name = "";
};

/// x, and adds (l1 sum |x| + l2 sum x^2) / rows to the loss. keras.layers.ActivityRegularization.
class ActivityRegularization : public LayerOf<ActivityRegularization> {
 public:
  explicit ActivityRegularization(ActivityRegularizationOptions options = {}) : options_(std::move(options)) {
    set_default_name(options_.name);
  }
  std::string class_name() const override { return "ActivityRegularization"; }
  void fields(Fields& f) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  ActivityRegularizationOptions options_;
};

}  // namespace reel
