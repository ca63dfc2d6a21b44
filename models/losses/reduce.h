// From the values of a loss to the loss of a batch: weights, masks, reductions.
#pragma once

#include <string_view>

#include "reel/models/losses/arguments.h"

namespace reel {

/// `weight` [rows] or [rows, steps, ...] with axes of extent 1 added until it has as many as `values`.
Var with_axes_of(Var values, Var weight);

/// Throws ShapeError, which begins with `what`, unless the weights' axes are the first of the values, or of extent 1.
void check_weight(const Shape& values, const Shape& weight, std::string_view what);

/// Values [rows, ...] times weights [rows] or [rows, steps, ...], if given, over the other axes; 0 where the weight is
/// 0, whatever the value.
Var weighted(Var values, Var sample_weight);

/// sum of weighted values / number of values: the loss of a batch, [].
Var mean_loss(Var values, Var sample_weight = {});

/// sum of values [rows, steps, ...] where the mask [rows, steps] is 1, []. `what` names the user in the ShapeError
/// thrown when the mask's axes are not the first of the values.
Var sum_of_valid(Var values, Var mask, std::string_view what);

/// Number of values [rows, steps, ...] where the mask [rows, steps] is 1, []; as if there were one step where there is
/// none.
Var count_of_valid(Var values, Var mask);

/// The loss of a batch as a quotient. Where `divisor` is not empty, gradients are those of `sum`, divided when they are
/// whole: to divide on their way, each row would have to wait for what all others count.
struct Reduced {
  Var sum, divisor;

  Var value() const { return divisor ? sum / divisor : sum; }
};

/// The values [rows, ...] of a loss as its reduction says, []: of those that are valid, weighted. As in Keras,
/// "sum_over_batch_size" divides by the number of valid values, and "mean_with_sample_weight" by the sum of their
/// weights. Throws ValueError for a reduction that gives no number, ShapeError for weights that do not fit.
Reduced reduced(Var values, Var valid, Var sample_weight, const Reduction& reduction, std::string_view loss);

}  // namespace reel
