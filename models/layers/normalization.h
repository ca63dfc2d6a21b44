// Layers that bring values to a common scale.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

/// Bounds of what renormalizing corrects by; none where there is no number.
struct RenormClipping {
  std::optional<double> rmax = std::nullopt, rmin = std::nullopt, dmax = std::nullopt;

  Config config() const;
  static RenormClipping from_config(const Config& config);
};

struct BatchNormalizationOptions {
  int64_t axis = -1;       ///< that of the features
  double momentum = 0.99;  ///< share of the moving statistics that is kept at each step
  double epsilon = 0.001;  ///< added to the variance
  bool center = true;      ///< whether beta is added
  bool scale = true;       ///< whether it is multiplied with gamma
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool renorm = false;  ///< training corrects the batch's statistics by moving ones of their own (Ioffe 2017)
  RenormClipping renorm_clipping = {};
  double renorm_momentum = 0.99;
  std::string name = "";
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, by feature, of which the last axis has one each unless `axis`
/// says otherwise. In training mean and variance are those of the batch over all other axes, and the moving ones become
/// moving momentum + batch (1 - momentum); in inference, and where the layer is not trainable, they are the moving
/// ones. With `renorm`, training gives gamma ((x - mean) / s r + d) + beta, where s = sqrt(variance + epsilon), r = s /
/// S and d = (mean - M) / S, clipped and taken as constants, and M and S move as the others do with `renorm_momentum`.
/// What a mask says is not valid does not count. The variance is summed about the mean, and divided by the count.
/// Ioffe and Szegedy 2015; keras.layers.BatchNormalization.
class BatchNormalization : public LayerOf<BatchNormalization> {
 public:
  /// Throws ValueError for a momentum that is not in [0, 1], and an epsilon that is negative or not finite.
  explicit BatchNormalization(BatchNormalizationOptions options = {});
  std::string class_name() const override { return "BatchNormalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Flow call_masked(Call& call, Flow input) const override;

 private:
  struct Moments {
    Var mean, variance;
  };
  /// What renormalized values are scaled by, and what is then added; empty Vars without renorm.
  struct Correction {
    Var r, d;
  };
  Moments moments(Var x, Var mask, int axis) const;
  void move_statistics(Call& call, const Moments& batch) const;
  Correction renormalized(Call& call, const Moments& batch) const;

  BatchNormalizationOptions options_;
  Variable gamma_, beta_, moving_mean_, moving_variance_;
  Variable moving_stddev_, renorm_mean_, renorm_stddev_;  // with renorm
};

}  // namespace reel
