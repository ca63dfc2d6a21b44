// Activation functions with arguments of their own, as layers. Of all of them a mask goes on.
#pragma once

#include "reel/models/describe/axis_list.h"
#include "reel/models/layer/layer.h"

namespace reel {

struct ReLUOptions {
  std::optional<double> max_value = std::nullopt;  ///< none: without bound
  double negative_slope = 0;
  double threshold = 0;
  std::string name = "";
};

/// max_value where x >= max_value, x where threshold < x, else negative_slope (x - threshold). keras.layers.ReLU.
class ReLU : public LayerOf<ReLU> {
 public:
  /// Throws ValueError for a negative argument.
  explicit ReLU(ReLUOptions options = {});
  std::string class_name() const override { return "ReLU"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }
  bool treats_steps_alike() const override { return true; }

 private:
  ReLUOptions options_;
};

/// x where x >= 0, else negative_slope x. keras.layers.LeakyReLU.
class LeakyReLU : public LayerOf<LeakyReLU> {
 public:
  /// Throws ValueError for a negative slope.
  explicit LeakyReLU(double negative_slope = 0.3, const std::string& name = "");
  std::string class_name() const override { return "LeakyReLU"; }
  void fields(Fields& f) override { f("negative_slope", negative_slope_); }
  void check() const override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }
  bool treats_steps_alike() const override { return true; }

 private:
  double negative_slope_;
};

/// x where x > 0, else alpha (exp(x) - 1). keras.layers.ELU; Clevert et al. 2016.
class ELU : public LayerOf<ELU> {
 public:
  explicit ELU(double alpha = 1, const std::string& name = "") : alpha_(alpha) { set_default_name(name); }
  std::string class_name() const override { return "ELU"; }
  void all_fields(Fields& f) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }
  bool treats_steps_alike() const override { return true; }

 private:
  double alpha_;
};

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::optional<std::vector<int64_t>> shared_axes = std::nullopt;  ///< along which all elements have one alpha
  std::string name = "";
};

/// x where x > 0, else alpha x, with an alpha for each element of a row, which is learned. keras.layers.PReLU; He et
/// al. 2015.
class PReLU : public LayerOf<PReLU> {
 public:
  explicit PReLU(PReLUOptions options = {}) : options_(std::move(options)) { set_default_name(options_.name); }
  std::string class_name() const override { return "PReLU"; }
  void fields(Fields& f) override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  PReLUOptions options_;
  Variable alpha_;
};

/// exp(x) / sum exp(x) along one axis or several; what the mask leaves out is 0 and counts nothing.
/// keras.layers.Softmax.
class Softmax : public LayerOf<Softmax> {
 public:
  explicit Softmax(AxisList axis = -1, const std::string& name = "") : axis_(std::move(axis)) {
    set_default_name(name);
  }
  std::string class_name() const override { return "Softmax"; }
  void fields(Fields& f) override { f("axis", axis_); }
  Flow call_masked(Call& call, Flow input) const override;

 private:
  AxisList axis_;
};

}  // namespace reel
