// In which order passes come upon nodes.
#pragma once

#include <span>
#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// The nodes of a record in the order of their ids, and then those that passes make of it as they make them, be it that
/// they find a node that stands: so the order is no matter of what has been rewritten before. In it passes go on,
/// what is differentiated is walked, and contributions to a gradient are added up.
class Discovery {
 public:
  Discovery(const Graph& graph, Var record) : graph_(graph) { add(record); }

  /// All that leads to `made` and is not known yet comes next, in the order of ids.
  void add(Var made);
  /// What leads to `outputs`, all of it known, in this order: every node after those that it reads.
  std::vector<int32_t> all_behind(std::span<const Var> outputs) const;

 private:
  int32_t place(int32_t id) const { return id < static_cast<int32_t>(places_.size()) ? places_[id] : -1; }

  const Graph& graph_;
  std::vector<int32_t> places_ = {};  // by node id; -1 for what is not known
  int32_t count_ = 0;
};

}  // namespace reel
