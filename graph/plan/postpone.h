// Work that waits for the stage that wants it.
#pragma once

#include "reel/graph/plan/schedule.h"

namespace reel {

/// What only a later stage over the same rows reads, such as most of an update that waits for the guard, runs there: it
/// would have to be kept for that stage, and is read right after it is made instead. Not of the batch, whose values are
/// kept for backward on purpose.
void postpone(const Graph& graph, const Targets& targets, Schedule& schedule);

}  // namespace reel
