#include "reel/graph/rewrite/rewrite.h"

#include "reel/graph/verify.h"

namespace reel {

std::vector<Var> rebuild(Graph& graph, std::span<const Var> outputs,
                         const std::function<Var(const Node& node, std::span<const Var> inputs)>& rule) {
  std::vector<int32_t> stands_for(graph.size(), -1);
  std::vector<Var> inputs;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    stands_for[id] = id;
    if (node.leaf != Leaf::none) continue;
    inputs.clear();
    bool changed = false;
    for (const int32_t input : node.inputs) {
      inputs.push_back(graph.var(stands_for[input]));
      changed |= stands_for[input] != input;
    }
    const Graph::Scope scope(graph, node);
    if (const Var better = rule(node, inputs)) {
      stands_for[id] = better.id();
    } else if (changed) {
      stands_for[id] = graph.add(node.op, inputs).id();
    }
  }
  std::vector<Var> rewritten;
  for (const Var& output : outputs) rewritten.push_back(graph.var(stands_for[output.id()]));
  debug_verify(graph, rewritten);
  return rewritten;
}

std::vector<Var> rewrite_forward(Graph& graph, std::span<const Var> outputs) {
  std::vector<Var> current(outputs.begin(), outputs.end());
  if (graph.passes().hoist) current = hoist_through_gather(graph, current);
  if (graph.passes().share_prefixes) current = share_prefixes(graph, current);
  return current;
}

void rewrite_for_running(Graph& graph, Targets& targets) {
  const Passes& passes = graph.passes();
  std::vector<Var> roots = targets.roots();
  if (passes.fold) roots = fold_constants(graph, roots);
  roots = rewrite_forward(graph, roots);  // finds what differentiating rewrote, and what was never differentiated
  if (passes.prepack) roots = prepack_operands(graph, roots);
  if (passes.addends) roots = fuse_addends(graph, roots);
  size_t next = 0;
  for (Var& output : targets.outputs) output = roots[next++];
  for (Assignment& assignment : targets.assignments) assignment.value = roots[next++];
  if (targets.guard) targets.guard = roots[next];
}

}  // namespace reel
