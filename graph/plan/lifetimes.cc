#include "reel/graph/plan/lifetimes.h"

namespace reel {

Lifetimes find_lifetimes(const Graph& graph, const Targets& targets, const Schedule& schedule) {
  const size_t size = graph.size();
  Lifetimes lives{std::vector<int32_t>(size, -1), std::vector<int32_t>(size, -1), std::vector<bool>(size)};
  for (const Stage& stage : schedule.stages) {
    for (size_t i = 0; i < stage.nodes.size(); ++i) lives.position[stage.nodes[i]] = static_cast<int32_t>(i);
  }
  for_each_read(graph, schedule, [&](int32_t id, int32_t input) {
    if (schedule.stage_of[input] == schedule.stage_of[id]) {
      lives.last_use[input] = std::max(lives.last_use[input], lives.position[id]);
    } else {
      lives.external[input] = true;
    }
  });
  for (const Var& root : targets.roots()) lives.external[root.id()] = true;
  return lives;
}

bool may_write_over(const Graph& graph, int32_t id, int32_t input) {
  const Node& node = graph.node(id);
  if (!(graph.node(input).type == node.type)) return false;
  const std::vector<Type> types = graph.input_types(node);
  for (size_t i = 0; i < types.size(); ++i) {
    if (node.inputs[i] == input && !node.op->may_overwrite(i, types)) return false;
  }
  return true;
}

}  // namespace reel
