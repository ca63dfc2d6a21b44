// Products of matrices, one for each index of the batch axes: what matmul becomes where b has batch axes of its own.
#pragma once

#include "reel/graph/var.h"

namespace reel {

/// Whether an operand's matrices are meant transposed: a lies as [..., k, m], b as [..., n, k].
struct Transposed {
  bool a = false, b = false;
};

/// a [batch..., m, k] x b [batch..., k, n] -> [batch..., m, n]; batch axes broadcast by NumPy's rules. Throws
/// ShapeError.
Var batched_matmul(Var a, Var b, Transposed transposed = {});

}  // namespace reel
