// Program: a graph compiled for given outputs and assignments, ready to run for any number of rows.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reel/graph/plan/schedule.h"

namespace reel {

/// What a program occupies and how it is cut, for reports and tests.
struct ProgramStats {
  int64_t nodes = 0;  ///< instructions in all stages
  int64_t stages = 0;
  size_t arena_bytes = 0;  ///< largest scratch of one worker
  double distinct_share =
      1;  ///< of the (row, step) pairs of a sequence input: how many prefixes the tiles had to compute
  /// Whole values, at the rows of the last run, and assigned values that were looked at before they replaced others;
  /// parameters and inputs not counted.
  size_t buffer_bytes = 0;
};

/// Where the time of a program went: all nodes of one op with operands of the same types.
struct ProfileEntry {
  std::string op;  ///< name and output type
  int64_t nodes = 0;
  int64_t calls = 0;   ///< of kernels; nodes of one contraction are computed by one call
  double seconds = 0;  ///< summed over threads
  double flops = 0;
};

/// Where the time of a program's runs went. What threads had in all is `threads()` times `run_seconds`; of that, they
/// spent `worker_seconds` on stages, `tile_seconds` of these on tiles, and `op_seconds` of these in ops.
struct Profile {
  std::vector<ProfileEntry> ops;  ///< the longest first
  int64_t runs = 0;
  double run_seconds = 0;    ///< by the clock on the wall
  double stage_seconds = 0;  ///< of it, in stages; the rest binds inputs and hands out outputs
  double worker_seconds = 0, tile_seconds = 0, op_seconds = 0;
};

/// Tiles of rows run in parallel, each through a whole stage; results are the same bits for any number of threads.
/// Numbers too small for a normal float (below 1.18e-38) are zero to the ops, and where they would be results.
/// One thread at a time may use a program: while it runs, whatever else is asked of it throws Error. Two programs may
/// run at once if neither assigns to a parameter that the other reads; meanwhile nothing may be recorded in their
/// tapes. A program keeps the graph of the Tape that compiled it, or any that a std::shared_ptr holds; another Graph
/// must outlive it.
class Program {
 public:
  Program();
  /// Throws Error if the targets are inconsistent (types of an assignment, a guard that is no scalar).
  Program(Graph& graph, Targets targets);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  /// Runs once. `inputs`: one tensor for each of the targets' inputs, in order; those with symbolic rows must agree on
  /// how many. Returns the outputs in order; their buffers are reused by the next run unless somebody still holds them.
  /// Throws ShapeError for inputs that do not fit; NumericError, before anything is assigned, if the guard is not
  /// finite, naming the op that first left the finite numbers, or where there is a guard and an assigned value is not,
  /// naming the parameter; Error if it runs already; whatever an op throws, with its place in the model.
  std::vector<Tensor> run(std::span<const Tensor> inputs = {});
  std::vector<Tensor> run(std::initializer_list<Tensor> inputs) {
    return run(std::span(inputs.begin(), inputs.size()));
  }
  /// As above, into a vector that is kept from run to run: then, after the first two runs for some number of rows,
  /// nothing is allocated. (Where work is shared among threads, TBB's tasks have a pool of their own.)
  /// The inputs may stand in `outputs` itself: `run(v, v)` again and again iterates a map.
  void run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs);

  ProgramStats stats() const;

  /// From now on every run also adds up the time of each node, at a cost of two clock readings a node and tile. What
  /// was added up before is forgotten.
  void enable_profile();
  /// What has been added up; nothing unless enabled.
  Profile profile() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reel
