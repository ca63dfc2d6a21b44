// The verifier: what must hold of every graph, checked after each pass in debug builds.
#pragma once

#include "reel/graph/graph.h"

namespace reel {

/// Throws Error naming the node if an input does not come before its user, a recorded type is not what the op infers,
/// a value with a row axis reads another with one whole, or an accumulating op breaks its contract.
void verify(const Graph& graph, std::span<const Var> outputs);

/// `verify` in debug builds, nothing otherwise.
inline void debug_verify([[maybe_unused]] const Graph& graph, [[maybe_unused]] std::span<const Var> outputs) {
#ifndef NDEBUG
  verify(graph, outputs);
#endif
}

}  // namespace reel
