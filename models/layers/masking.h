// Masking: which steps of a sequence are padding.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

/// Steps whose values are all `mask_value` are masked, and become 0: [rows, steps, features] -> the same with a mask.
/// keras.layers.Masking.
class Masking : public LayerOf<Masking> {
 public:
  explicit Masking(double mask_value = 0, const std::string& name = "") : mask_value_(mask_value) {
    set_default_name(name);
  }
  std::string class_name() const override { return "Masking"; }
  void fields(Fields& f) override { f("mask_value", mask_value_); }
  Flow call_masked(Call& call, Flow input) const override;

 private:
  double mask_value_;
};

/// Any function of a value, as a layer without variables. It has no config, and so no place in files: make it a class
/// for that. keras.layers.Lambda.
class Lambda : public LayerOf<Lambda> {
 public:
  /// Throws ValueError for an empty function.
  explicit Lambda(std::function<Var(Var)> function, const std::string& name = "lambda");
  std::string class_name() const override { return "Lambda"; }
  void fields(Fields& f) override;
  Var call(Call& call, Var x) const override;

 private:
  std::function<Var(Var)> function_;
};

}  // namespace reel
