// Checks a gradient against finite differences: for whoever writes an op, a layer or a loss.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"

namespace reel {

/// A gradient that finite differences contradict; `what()` is the message of the report.
class GradientError : public Error {
 public:
  using Error::Error;
};

struct GradientCheckOptions {
  int order = 1;            ///< 1 or 2; 2 also differentiates the gradient, and checks that
  int directions = 3;       ///< random directions to try for each argument
  double step = 1e-3;       ///< h below, times elements of a direction, which are in [-1, 1)
  double tolerance = 1e-7;  ///< largest relative error that passes
  uint64_t seed = 1;        ///< of projection and directions
};

/// What the check found. The figures belong to `message`'s comparison: the first that failed, or the worst that passed.
struct GradientCheck {
  bool passed = true;
  int argument = -1;  ///< index into `at`; -1 if nothing was compared
  int order = 0;
  double analytic = 0, numeric = 0, relative_error = 0;
  /// "gradient of argument 1 f64[3, 2], order 1: analytic 0.25, numeric 0.5, relative error 0.5"
  std::string message;

  explicit operator bool() const { return passed; }
};

/// What is checked: a function of Vars, which may record constants on the tape. Its arguments are float64, so constants
/// that meet them must be too (`tape.constant(2.0, DType::f64)`, or plain numbers in arithmetic).
using CheckedFunction = std::function<Var(Tape& tape, std::span<const Var> arguments)>;

/// Compares derivatives of f at the point `at` with differences, in float64 whatever the type of `at`; integer
/// arguments are given to f as they are, as constants. A result of any shape is made a scalar by a fixed random
/// projection p. For each argument x and random directions v:
///
///   s(x) = sum(f(x) p)
///   order 1: <ds/dx, v>    against  s'   = (8 (s(x + hv) - s(x - hv)) - (s(x + 2hv) - s(x - 2hv))) / 12h
///   order 2: <dD/dx, v>    against  D' likewise, where D(x) = sum over all arguments <ds/dx, u>, for fixed random u
///
/// The error is relative to the larger of the numeric value and the sum over elements |ds/dx v|, so that elements which
/// cancel are not held against the gradient; what rounding of s alone can make is let pass. There must be no kink of f
/// within 2h of `at`.
///
/// Throws what f throws; ValueError for options that would check nothing; ShapeError if f returns no float64 or if `at`
/// has no float argument; Error for an op without gradient. (The idea is that of HIPS autograd's and JAX's
/// check_grads.)
GradientCheck check_gradients(const CheckedFunction& f, const std::vector<Tensor>& at,
                              const GradientCheckOptions& options = {});

/// The same, but throws GradientError if the check fails.
void require_gradients(const CheckedFunction& f, const std::vector<Tensor>& at,
                       const GradientCheckOptions& options = {});

}  // namespace reel
