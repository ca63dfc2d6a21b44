// Plan: all that running a program needs and no run changes. It refers to no Graph, so that any number of runs share it
// while tapes are recorded, or gone.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reel/graph/plan/instructions.h"

namespace reel {

struct Plan {
  struct Input {
    int32_t id;
    Type type;
    std::string name;
  };
  struct Output {
    int32_t id;
    Type type;
  };
  struct Assignment {
    int32_t parameter, value;
  };

  std::string name;
  std::vector<Input> inputs;  ///< in the order in which a run takes them
  std::vector<Output> outputs;
  std::vector<Assignment> assignments;
  int32_t guard = -1, guard_limit = -1;  ///< see Targets; -1 for none
  int32_t prefix_source = -1;            ///< the sequence whose prefixes values are kept by, if any are

  Schedule schedule;
  MemoryPlan memory;
  Instructions code;

  const Node& node(int32_t id) const { return nodes[static_cast<size_t>(index_of[id])]; }
  std::vector<Type> input_types(const Node& node) const;
  const std::string& layer_of(const Node& node) const { return layers[static_cast<size_t>(node.origin)]; }
  const std::string& leaf_name(int32_t id) const { return leaf_names.at(id); }
  /// Steps of the prefix source.
  int64_t prefix_steps() const { return node(prefix_source).type.shape[1]; }
  /// Whether the program makes what is in the buffer, and keeps it: neither a leaf nor written over one.
  bool makes(const Buffer& buffer) const { return node(buffer.node).leaf == Leaf::none && buffer.in_place_of < 0; }
  /// The buffer that the value lies in, or -1 where it lies in what a stage has summed.
  int32_t buffer_of(int32_t id) const;

  // By what the functions above look up.
  std::vector<Node> nodes;
  std::vector<int32_t> index_of;    // by node id
  std::vector<std::string> layers;  // by Node::origin
  std::unordered_map<int32_t, std::string> leaf_names;
};

/// Sends the targets through the passes, which append to the graph, and plans what they become. Throws Error for
/// targets that are none (Targets::check), and where named inputs leave out one that is needed.
std::shared_ptr<const Plan> make_plan(Graph& graph, Targets targets);

}  // namespace reel
