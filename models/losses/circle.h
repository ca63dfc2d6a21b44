// Circle: embeddings of one class close to each other, and those of others far (keras.losses).
#pragma once

#include "reel/models/losses/arguments.h"

namespace reel {

/// softplus(log sum over partners p of the same class of exp(gamma (d_p^2 - m^2)) + log sum over those of others of
/// exp(gamma max(1 + m - d_n, 0) (1 - m - d_n))), d = 1 - the product of two rows, which should have the length 1:
/// targets [rows] or [rows, 1] are classes, predictions [rows, n]. A value for each row, which depends on the whole
/// batch; rows of the value 0, as those without a partner, do not count. Sun et al. 2020. keras.losses.Circle.
struct Circle {
  double gamma = 80, margin = 0.4;
  bool remove_diagonal = true;  ///< a row is no partner of its own
  Reduction reduction = kMeanOfBatch;
  std::string name = "circle";
  static constexpr std::string_view class_name = "Circle";
  static constexpr bool kTargetsAreClasses = true;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
  Var valid(Var y_true, Var y_pred) const;
};

}  // namespace reel
