// Forward values made a second time where the backward pass reads them, so that they need not be kept until then.
#pragma once

#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// By node id, whether it runs after the forward pass: an adjoint, or what depends on one. `live` ascending.
std::vector<bool> find_backward(const Graph& graph, const std::vector<int32_t>& live);

/// Lets the backward pass read copies of the forward values that are marked in `again`, by node id. A copy is appended
/// before its first reader, made from values that are not marked or from other copies. Exact, and the order in which
/// adjoints are added up stays, so that all results are the same bits. Returns the Vars that stand for `outputs`;
/// nothing may merge nodes after it, for it would find the copies to be what they are copies of.
/// `live` and `backward` are those of `outputs`.
std::vector<Var> repeat_for_backward(Graph& graph, std::span<const Var> outputs, const std::vector<int32_t>& live,
                                     const std::vector<bool>& backward, const std::vector<bool>& again);

}  // namespace reel
