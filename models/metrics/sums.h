// Sums over the rows of a batch, which metrics are made of: in double, so that counts are exact however many there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/describe/fields.h"
#include "reel/ops/ops.h"

namespace reel {

/// Name and type, as configs of metrics begin.
void name_and_dtype(Fields& fields, std::string& name, std::string_view dtype = "float32");

/// The weights of values [rows, ...], f64, with as many axes: 1 where there are none. `what` names the user in the
/// ShapeError thrown when they do not fit.
Var weights_for(Var values, Var weight, std::string_view what);

/// Sums over the batch of values [rows, ...] times their weights, and of the weights, f64 [] each: a weight [rows] or
/// [rows, steps, ...] is that of all values that it has, or nothing if all count once. A value [] is that of every row.
/// Throws ShapeError, which begins with `what`, for weights that do not fit.
std::vector<Var> sums_for_mean(Var values, Var weight, std::string_view what);
/// The quotient of those two, 0 for 0 / 0, f64 [].
Tensor mean_of_sums(std::span<const Tensor> sums);

/// How many elements the batch has of x [rows, ...], f64 [].
Var element_count(Var x);

/// values [rows, ..., n] summed over all axes but the last `kept`, f64.
Var sum_to_last(Var values, int kept);

/// a / b, 0 for b = 0.
inline double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

std::vector<double> doubles_of(const Tensor& tensor);
/// [n], or [] for a single one.
Tensor result_of(const std::vector<double>& values);

}  // namespace reel
