// Adam and its relatives: means of gradients and of their squares. In all, t = 1, 2, ... counts updates, betas are in
// [0, 1), and every element is updated at every step, also those whose gradient is 0.
#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2); w -= m a / (sqrt(v) + epsilon), where
/// a = learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t). With amsgrad the largest v so far is used. Kingma and Ba
/// 2015; keras.optimizers.Adam.
struct Adam {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Adam";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// Adam with a decay of its own that is on by default, apart from which it is the same. Loshchilov and Hutter 2019;
/// keras.optimizers.AdamW.
struct AdamW {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "AdamW";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// m as Adam's; u = max(beta_2 u, |g|); w -= learning_rate m / ((1 - beta_1^t)(u + epsilon)). Kingma and Ba 2015;
/// keras.optimizers.Adamax.
struct Adamax {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Adamax";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// m and v as Adam's; with u_t = beta_1 (1 - 0.96^t / 2) and P_t = u_1 ... u_t,
/// w -= learning_rate (u_{t+1} m / (1 - P_{t+1}) + (1 - u_t) g / (1 - P_t)) / (sqrt(v / (1 - beta_2^t)) + epsilon).
/// Dozat 2016; keras.optimizers.Nadam.
struct Nadam {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Nadam";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<StepNumber> step_numbers(int64_t steps) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;

 private:
  double share(int64_t step) const;
  double product_of_shares(int64_t steps) const;
};

/// m and v as Adam's; u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon); w -= learning_rate u |w| / |u|,
/// where the quotient of norms is 1 if one of them is 0. You et al. 2020; keras.optimizers.Lamb.
struct Lamb {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Lamb";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
