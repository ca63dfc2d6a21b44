// The verifier: what must hold of every graph. It is asked after each pass where a switch is on, as in the project's
// own tests.
#pragma once

#include "reel/graph/graph.h"

namespace reel {

/// Throws Error naming the node if an input does not come before its user, a recorded type is not what the op infers,
/// a value with a row axis reads another with one whole, or an accumulating op breaks its contract.
void verify(const Graph& graph, std::span<const Var> outputs);

/// Switches `verify` on or off for what passes make, in the whole process; returns what it was before. It begins as the
/// variable REEL_VERIFY says, 1 or 0, and where that says nothing it is off, but in debug builds.
bool verify_passes(bool on);

/// `verify`, if the switch is on.
void verify_after_pass(const Graph& graph, std::span<const Var> outputs);

}  // namespace reel
