// The memory plan: where every value of a schedule lives while it runs.
#pragma once

#include "reel/graph/plan/frame.h"
#include "reel/graph/plan/schedule.h"

namespace reel {

/// Bases that a location may be relative to; buffers of the program follow, then the finished frames of the stages.
enum Base : int32_t {
  kArena = 0,        ///< scratch of the worker, reused from tile to tile
  kFrame = 1,        ///< the accumulators of a leaf of the running tile
  kDoubles = 2,      ///< those of them that are kept in doubles until the tile is done
  kFirstBuffer = 3,  ///< whole values, one base each
};

struct Location {
  int32_t base = -1;
  int64_t offset = 0;     ///< bytes from the base
  int64_t row_bytes = 0;  ///< bytes from one row to the next; more than a row has where it lies in those of another
};

/// A whole value: a leaf's, or one that is needed beyond the stage that makes it.
struct Buffer {
  int32_t node;
  /// The parameter whose storage it is, when an assigned value may be written in place; otherwise -1.
  int32_t in_place_of = -1;
};

/// Memory of one stage.
struct StageMemory {
  size_t arena_bytes = 0;
  FrameLayout frame;      ///< accumulators of values summed over rows
  DoublesLayout doubles;  ///< what is added up in doubles before it stands there
  bool commits = false;   ///< writes a parameter in place, so the guard must have been checked
};

struct MemoryPlan {
  std::vector<Buffer> buffers;
  std::vector<StageMemory> stages;
  std::vector<Location> home;  ///< by node id, as a later stage or the same stage reads it
  std::vector<bool> idle;      ///< nodes that need not run: see View
  /// Nodes that must zero their output before adding into it: the first of each accumulator kept in an arena or buffer.
  std::vector<bool> zeroes;
  /// By node id, of those that add to a sparse sum: where its marks are in the frame; otherwise -1.
  std::vector<int64_t> marks;
  /// By node id, of those that add to a sum in doubles: which of its stage's; otherwise -1.
  std::vector<int32_t> doubles;
  /// Likewise of those that add to a sparse sum of floats: which of its stage's.
  std::vector<int32_t> often;
  /// By node id, of ops that need memory while they run: where it is in the arena; otherwise -1.
  std::vector<int64_t> scratch;

  /// Base of stage `stage`'s accumulators once its tiles are joined.
  int32_t finished_frame(int32_t stage) const { return kFirstBuffer + static_cast<int32_t>(buffers.size()) + stage; }
};

/// Values are laid out so that a slot is reused as soon as its last reader has run, in place where an elementwise op
/// allows, and an assigned value is computed right in its parameter when nobody reads the old one afterwards.
MemoryPlan plan_memory(const Graph& graph, const Targets& targets, const Schedule& schedule);

}  // namespace reel
