// Program: a graph compiled for given outputs and assignments, ready to run for any number of rows.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "reel/graph/run/report.h"
#include "reel/graph/targets.h"

namespace reel {

/// Tiles of rows run in parallel, each through a whole stage; results are the same bits for any number of threads.
/// Numbers too small for a normal float (below 1.18e-38) are zero to the ops, and where they would be results.
/// A program is a plan, which never changes and needs its Graph no more, with what its runs keep from one to the next.
/// Copies are the same program. Any number of threads may run it at once, each run in memory of its own. A run sees the
/// parameters as whole runs of others have left them: one that assigns waits with that for those that read, and runs of
/// which one reads what the other assigns, and both assign, come one after the other.
class Program {
 public:
  Program() = default;
  /// Throws Error if the targets are inconsistent (types of an assignment, a guard that is no scalar).
  Program(Graph& graph, Targets targets);

  /// Runs once. `inputs`: one tensor for each of the targets' inputs, in order; those with symbolic rows must agree on
  /// how many. Returns the outputs in order; their buffers are reused by a later run unless somebody still holds them.
  /// Throws ShapeError for inputs that do not fit; NumericError, before anything is assigned, if the guard is not
  /// finite, naming the op that first left the finite numbers, or where there is a guard and an assigned value is not,
  /// naming the parameter; Error if an op runs it inside of a run that would wait for it, or it for that; whatever an
  /// op throws, with its place in the model.
  std::vector<Tensor> run(std::span<const Tensor> inputs = {}) const;
  std::vector<Tensor> run(std::initializer_list<Tensor> inputs) const {
    return run(std::span(inputs.begin(), inputs.size()));
  }
  /// As above, into a vector that is kept from run to run: then, after the first two runs for some number of rows,
  /// nothing is allocated. (Where work is shared among threads, TBB's tasks have a pool of their own.)
  /// The inputs may stand in `outputs` itself: `run(v, v)` again and again iterates a map.
  void run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) const;

  /// Of the plan, and of all runs that are not in progress.
  ProgramStats stats() const;

  /// From now on every run that begins also adds up the time of each node, at a cost of two clock readings a node and
  /// tile. What was added up before is forgotten.
  void enable_profile() const;
  /// What has been added up by runs that are done; nothing unless enabled.
  Profile profile() const;

 private:
  class Runs;
  std::shared_ptr<Runs> runs_;
};

/// Computes a value now, for a debugger or a test. Throws Error if it depends on an input, which has no value until a
/// program runs.
Tensor value_of(Var x);

}  // namespace reel
