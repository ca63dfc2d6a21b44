// What layers of attention have in common: which keys a query may attend to, and how it shares itself out among them.
#pragma once

#include <string_view>

#include "reel/models/activations/flow.h"

namespace reel {

/// 1 where query i may attend to key j, which is not after it: j <= i; else 0. [queries, keys]
Var causal_mask(Graph& graph, int64_t queries, int64_t keys);
/// 1 where |i - j| < width, else 0. [queries, keys]
Var window_mask(Graph& graph, int64_t queries, int64_t keys, int64_t width);
/// 1 where neither mask is 0, else 0, broadcast together; an empty one holds nothing back.
Var both_masks(Var a, Var b);

/// exp(x - max) / sum exp(x - max), along the last axis: softmax, which may be of a single key here.
Var shares_of(Var scores);

/// Throws ValueError unless the rate is in [0, 1].
void check_dropout(std::string_view layer, double rate);

}  // namespace reel
