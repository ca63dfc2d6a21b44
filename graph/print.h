// A graph as text, for people: one line a node, or DOT for Graphviz.
#pragma once

#include <string>

#include "reel/graph/graph.h"

namespace reel {

/// "%12 = matmul(%10, %3) : f32[rows, 128]  # simple_rnn", a line for every node that `outputs` need.
std::string to_text(const Graph& graph, std::span<const Var> outputs);

/// The same nodes as a DOT digraph, grouped into clusters by layer.
std::string to_dot(const Graph& graph, std::span<const Var> outputs);

}  // namespace reel
