// How rows are cut into leaves and tiles. The cut decides the bits of all that is summed over rows, so it follows from
// what a program assigns and guards, and from nothing that is computed beside it.
#pragma once

#include "reel/graph/plan/schedule.h"

namespace reel {

/// How the rows of the batch are cut, in all stages alike. To be found before passes that look at how often a value is
/// read, for that differs with what else is computed: they may make values twice, or two ops one.
RowCut cut_of_batch(const Graph& graph, const Targets& targets);

/// Cuts the rows of every stage: those of the batch by `targets.batch_cut`, fixed extents by what a stage computes.
void cut_stages(const Graph& graph, const Targets& targets, Schedule& schedule);

}  // namespace reel
