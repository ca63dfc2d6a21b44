// Ops as another repository would add them: nothing of Reel is edited, and nothing is registered.
#pragma once

#include <utility>

#include "reel/graph/graph.h"

namespace mine {

/// x / (1 + |x|): elementwise, with a kernel for every SIMD target (my_op.cc).
reel::Var softsign(reel::Var x);
/// sqrt(a^2 + b^2), with broadcasting (my_op.cc).
reel::Var hypotenuse(reel::Var a, reel::Var b);
/// s x, s x + z and s x z + b: a number that the kernel is handed, beside one, two and three operands
/// (my_parameter_ops.cc).
reel::Var scaled(reel::Var x, double s);
reel::Var axpy(reel::Var x, reel::Var z, double s);
reel::Var scaled_product(reel::Var x, reel::Var z, reel::Var b, double s);
/// Sums from the left along the last axis: y[..., i] = x[..., 0] + ... + x[..., i]. A general op, local to its row
/// (my_row_op.cc).
reel::Var running_sum(reel::Var x, bool from_right = false);
/// Mean and variance [rows, 1] of each row of x [rows, n]: an op with two outputs (my_pair_op.cc).
std::pair<reel::Var, reel::Var> moments(reel::Var x);
/// The upper median [..., 1] of each vector of x [..., n]: an op with scratch (my_scratch_op.cc).
reel::Var median(reel::Var x);
/// x with noise uniform on [-s, s), for a key i32[2]: an op that draws (my_random_op.cc).
reel::Var jitter(reel::Var x, reel::Var key, double s);

}  // namespace mine
