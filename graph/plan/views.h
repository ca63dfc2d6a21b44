// Views: values that lie in the rows of others, so that nothing needs to be copied. Parts of a value stay where it is,
// what is made of a part element by element is written over it, and what joins all parts again stands there already:
// the gates of a cell, and later their adjoints, have one memory with the product that they are cut from.
#pragma once

#include "reel/graph/plan/lifetimes.h"

namespace reel {

/// Where a value lies: from `offset` bytes on in each row of another.
struct View {
  int32_t whole;
  int64_t offset;
  bool idle;  ///< its node need not run: once its operands have been computed, it stands there
};

/// By node id. A value with memory of its own is its own whole, at 0; others lie in a value of the same stage or, never
/// written over, in an input, and only ops that are `strided` read them unless they fill its rows. The whole lives as
/// long as all that lie in it.
std::vector<View> find_views(const Graph& graph, const Schedule& schedule, const Lifetimes& lives);

}  // namespace reel
