// Layers that bring the values of each row to a common scale, by those of the row alone.
#pragma once

#include "reel/models/describe/axis_list.h"
#include "reel/models/layer/layer.h"

namespace reel {

struct LayerNormalizationOptions {
  AxisList axis = -1;      ///< those over which mean and variance are taken
  double epsilon = 0.001;  ///< added to the variance
  bool center = true;      ///< whether beta is added
  bool scale = true;       ///< whether it is multiplied with gamma
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  std::string name = "";
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, where mean and variance are those of x over `axis`, and gamma
/// and beta have the extents of these axes. A mask goes on. Ba et al. 2016; keras.layers.LayerNormalization.
class LayerNormalization : public LayerOf<LayerNormalization> {
 public:
  /// Throws ValueError for an epsilon that is negative or not finite.
  explicit LayerNormalization(LayerNormalizationOptions options = {});
  std::string class_name() const override { return "LayerNormalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  LayerNormalizationOptions options_;
  Variable gamma_, beta_;
};

struct GroupNormalizationOptions {
  int64_t groups = 32;  ///< which the features are parted into, one after the other; -1: each is one
  int64_t axis = -1;    ///< that of the features
  double epsilon = 0.001;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  std::string name = "";
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, where mean and variance are those of a group of features over
/// all axes of the row, and each feature has its gamma and beta. A mask goes on. Wu and He 2018;
/// keras.layers.GroupNormalization.
class GroupNormalization : public LayerOf<GroupNormalization> {
 public:
  /// Throws ValueError for a number of groups that is neither positive nor -1, and for an epsilon that is negative or
  /// not finite.
  explicit GroupNormalization(GroupNormalizationOptions options = {});
  std::string class_name() const override { return "GroupNormalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  GroupNormalizationOptions options_;
  Variable gamma_, beta_;
};

struct RMSNormalizationOptions {
  AxisList axis = -1;     ///< those over which the mean is taken
  double epsilon = 1e-6;  ///< added to the mean square
  std::string name = "";
};

/// scale x / sqrt(mean of x^2 + epsilon), where the mean is over `axis`, and scale has the extents of these axes. A
/// mask ends here. Zhang and Sennrich 2019; keras.layers.RMSNormalization.
class RMSNormalization : public LayerOf<RMSNormalization> {
 public:
  /// Throws ValueError for an epsilon that is negative or not finite.
  explicit RMSNormalization(RMSNormalizationOptions options = {});
  std::string class_name() const override { return "RMSNormalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;

 private:
  RMSNormalizationOptions options_;
  Variable scale_;
};

/// x / |x|, where the length is over `axis`; what is shorter than 1e-12 is divided by that. A mask goes on.
/// keras.layers.UnitNormalization.
class UnitNormalization : public LayerOf<UnitNormalization> {
 public:
  explicit UnitNormalization(AxisList axis = -1, const std::string& name = "") : axis_(std::move(axis)) {
    set_default_name(name);
  }
  std::string class_name() const override { return "UnitNormalization"; }
  void fields(Fields& f) override { f("axis", axis_); }
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  AxisList axis_;
};

}  // namespace reel
