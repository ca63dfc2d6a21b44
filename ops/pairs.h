// Functions of the pairs of a batch's rows: what a row gives depends on all rows that it is with.
#pragma once

#include "reel/graph/graph.h"

namespace reel {

struct CircleOptions {
  double gamma = 80, margin = 0.4;
  bool remove_diagonal = true;  ///< a row is no partner of its own
};

/// Of rows y [rows, n] with labels [rows]: log of the sum of exp(gamma (d^2 - m^2)) over the partners of the same
/// label, and of exp(gamma max(1 + m - d, 0) (1 - m - d)) over those of another -> f64 [rows, 2]; -infinity where there
/// is none. m: margin; d: max(1 - y_i . y_j, 0). It can be differentiated once. Sun et al. 2020.
Var circle_terms(Var y, Var labels, const CircleOptions& options = {});

/// The adjoint of y where `terms`, circle_terms(y, labels), have the adjoint `d_terms`, f64 [rows, 2] both.
Var circle_gradient(Var y, Var labels, Var terms, Var d_terms, const CircleOptions& options = {});

}  // namespace reel
