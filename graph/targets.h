// Targets: what of a graph a program is compiled for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// After a run, `parameter` holds what `value` computed. With a guard, a run assigns all values, each of them finite,
/// or throws and leaves all parameters as they were; without one, some may have been assigned by then.
struct Assignment {
  Var parameter;
  Var value;
};

/// How rows are cut.
struct RowCut {
  /// Rows a leaf: what is summed over rows is added up leaf by leaf, and joined by a tree over their numbers, so this
  /// decides the bits of sums. An eighth of all rows within these bounds, which follow from shapes alone.
  int64_t least_leaf_rows = 1, most_leaf_rows = 1;
  /// The most rows a tile: it takes one leaf, or several where there are fewer threads than leaves.
  int64_t most_tile_rows = 1;
};

/// What a program is compiled for.
struct Targets {
  std::vector<Var> outputs = {};
  std::vector<Assignment> assignments = {};
  /// A scalar that must be finite before any assignment is carried out, as must be all assigned values: they are made
  /// beside the parameters, looked at and copied, for which there must be as much memory as parameters take.
  std::optional<Var> guard = std::nullopt;
  /// A scalar parameter. As long as the guard is below it, assigned values are known to be finite: they are written
  /// right over what they replace, and nobody looks at them.
  std::optional<Var> guard_limit = std::nullopt;
  /// Inputs in the order in which `run` takes them; all that the graph needs, in order of creation, if empty.
  std::vector<Var> inputs = {};
  /// What the program is called in traces.
  std::string name = "program";
  /// The sequence whose prefixes values are kept by, if any are; passes set it.
  std::optional<Var> prefix_source = std::nullopt;
  /// How the rows of the batch are cut; passes set it, and without them it follows from what is there.
  std::optional<RowCut> batch_cut = std::nullopt;

  /// Outputs, assigned values, guard and sequence.
  std::vector<Var> roots() const;
  /// Throws Error, or ShapeError, unless all are of `graph`, inputs are inputs, parameters are assigned values of their
  /// types, each once, and the guard is a float scalar that is recorded before what it guards.
  void check(const Graph& graph) const;
};

}  // namespace reel
