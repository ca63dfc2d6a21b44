// Running sums, and elements in order, along an axis of Vars, as NumPy's and keras.ops' functions of these names.
// Nothing goes along the symbolic rows. Negative axes count from the end.
#pragma once

#include "reel/graph/var.h"

namespace reel {

/// y[i] = x[0] + ... + x[i] along an axis, [...] -> [...]. Of f32 it is added in double; i32 wraps around.
Var cumsum(Var x, int axis = -1);
/// y[i] = x[i] + ... + x[n - 1]: the transpose of cumsum.
Var reverse_cumsum(Var x, int axis = -1);
/// y[i] = x[0] ... x[i] along an axis, in log2(n) passes; its gradient is one of products, also where elements are 0.
Var cumprod(Var x, int axis = -1);

/// The indices that put x in order along an axis, [...] -> i32 [...]: equals stay in their order, and NaN comes after
/// all numbers, as in NumPy; `descending`: the other way round, NaN first. No gradient.
Var argsort(Var x, int axis = -1, bool descending = false);
/// x in that order. The gradient goes to where an element came from.
Var sort(Var x, int axis = -1, bool descending = false);

struct TopK {
  Var values, indices;
};
/// The k largest along the last axis, the largest first, of equals the first, NaN before all numbers: values [..., k]
/// and their indices, i32 [..., k]. 1 <= k <= n. keras.ops.top_k.
TopK top_k(Var x, int64_t k);

}  // namespace reel
