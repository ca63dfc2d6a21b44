// What follows from a node's op and its types: over which rows it runs, what it reads, how it adds up.
#pragma once

#include <span>
#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// Whether a sum's terms, where they run in one stage, add right into its memory: contributions to a gradient that all
/// accumulate. Terms of a loss do not, nor what else users add up, for they are asked for as well.
bool adds_up_in_place(const Graph& graph, const Node& node);

/// The types of a node's inputs, `types`, a batch that it reads whole having so many rows.
std::vector<Type> types_read(const Node& node, std::vector<Type> types, int64_t batch_rows);

/// Rows that a node runs over: those of its value, or of its inputs if it sums over them.
int64_t extent_of(const Node& node, std::span<const Type> inputs);

}  // namespace reel
