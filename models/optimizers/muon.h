// Muon: steps of matrices with singular values near 1.
#pragma once

#include <string>
#include <vector>

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// Of matrices: m = momentum m + g; u = g + momentum m if `nesterov`, else m; w -= learning_rate rms_rate
/// sqrt(larger extent) o(u), where o brings singular values near 1: x = u / (|u| + 1e-7), and `ns_steps` times, with
/// A = x x^T, x = a x + (b A + c A A) x. Other weights, those with "embedding" in their path, and those in whose paths
/// one of `exclude_layers`, regular expressions, finds something, go by Adam, with adam_lr_ratio times the rate.
/// Jordan et al. 2024; keras.optimizers.Muon.
struct Muon {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9, adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
  std::vector<std::string> exclude_layers = {};
  bool exclude_embeddings = true;
  double muon_a = 3.4445, muon_b = -4.775, muon_c = 2.0315;
  double adam_lr_ratio = 1, momentum = 0.95;
  int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;  ///< none: steps are not scaled by the extents
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Muon";
  void fields(Fields& f);
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight, const std::string& path) const;
  double decay_of(const Shape& weight, const std::string& path) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;

 private:
  bool goes_by_adam(const Shape& weight, const std::string& path) const;
  Var with_even_singular_values(Var x) const;
};

}  // namespace reel
