// Moving values between the rows of the batch and the distinct prefixes of its sequences (graph/prefix_tree.h). Made by
// the pass that shares prefixes; exact, and each the transpose of another, so gradients follow by themselves.
#pragma once

#include "reel/graph/graph.h"

namespace reel {

/// A value that is equal for all rows of a group, in `space`, from all rows: the group's first row.
Var take_representatives(Var x, RowSpace space);
/// Each group's row for all its descendants in `space`, which is deeper than x's own, or all rows.
Var expand_groups(Var x, RowSpace space);
/// The sum over descendants: x's rows, in a deeper space or all rows, added up for each group of `space`.
Var sum_groups(Var x, RowSpace space);

}  // namespace reel
