#include "reel/graph/rewrite/rewrite.h"

#include <algorithm>
#include <iterator>

#include "reel/graph/error.h"
#include "reel/graph/plan/cut.h"
#include "reel/graph/trace.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

using PassFunction = std::function<std::vector<Var>(Graph& graph, std::span<const Var> outputs)>;

std::string_view name_of(bool Passes::*pass) {
  const auto found = std::find_if(std::begin(kPasses), std::end(kPasses),
                                  [&](const PassName& known) { return known.enabled == pass; });
  if (found == std::end(kPasses)) throw Error("a pass is missing in kPasses");
  return found->name;
}

/// What stands for `outputs` after the pass.
std::vector<Var> apply(Graph& graph, std::string_view name, const PassFunction& function,
                       std::span<const Var> outputs) {
  TraceScope scope(name, "pass");
  std::vector<Var> current = function(graph, outputs);
  if (scope.is_recording()) scope.count("nodes", static_cast<int64_t>(reachable(graph, current).size()));
  return current;
}

/// The same, or `outputs` themselves where the pass is switched off.
std::vector<Var> apply(Graph& graph, bool Passes::*pass, const PassFunction& function, std::vector<Var> outputs) {
  return graph.passes().*pass ? apply(graph, name_of(pass), function, outputs) : outputs;
}

/// Whether values are, or are summed over, rows that stand for a prefix.
bool is_kept_by_prefix(const Graph& graph, std::span<const Var> outputs) {
  const std::vector<int32_t> ids = reachable(graph, outputs);
  return std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return graph.node(id).space != kAllRows; });
}

/// Lets `roots`, in the order of Targets::roots, stand for what is asked for.
void put_roots(Targets& targets, std::span<const Var> roots) {
  size_t next = 0;
  for (Var& output : targets.outputs) output = roots[next++];
  for (Assignment& assignment : targets.assignments) assignment.value = roots[next++];
  if (targets.guard) targets.guard = roots[next];
}

}  // namespace

std::vector<Var> rebuild(Graph& graph, std::span<const Var> outputs,
                         const std::function<Var(const Node& node, std::span<const Var> inputs)>& rule,
                         Discovery* discovery) {
  std::vector<int32_t> stands_for(graph.size(), -1);
  std::vector<Var> inputs;
  for (const int32_t id : discovery != nullptr ? discovery->all_behind(outputs) : reachable(graph, outputs)) {
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
    if (discovery != nullptr) discovery->add(graph.var(stands_for[id]));
  }
  std::vector<Var> rewritten;
  for (const Var& output : outputs) rewritten.push_back(graph.var(stands_for[output.id()]));
  verify_after_pass(graph, rewritten);
  return rewritten;
}

std::vector<Var> rewrite_forward(Graph& graph, std::span<const Var> outputs, Discovery* discovery) {
  const auto watched = [&](auto pass) {
    return [=](Graph& in, std::span<const Var> of) { return pass(in, of, discovery); };
  };
  std::vector<Var> current(outputs.begin(), outputs.end());
  current = apply(graph, &Passes::hoist, watched(hoist_to_source), std::move(current));
  current = apply(graph, &Passes::share_prefixes, watched(share_prefixes), std::move(current));
  return current;
}

void rewrite_for_running(Graph& graph, Targets& targets) {
  std::vector<Var> roots = apply(graph, &Passes::fold, fold_constants, targets.roots());
  roots = rewrite_forward(graph, roots);  // finds what differentiating rewrote, and what was never differentiated
  roots = apply(graph, &Passes::cut_sums, cut_sums, std::move(roots));
  put_roots(targets, roots);
  targets.batch_cut = cut_of_batch(graph, targets);  // passes below look at all that reads a value
  roots = apply(graph, &Passes::prepack, prepack_operands, std::move(roots));
  roots = apply(graph, &Passes::addends, fuse_addends, std::move(roots));
  if (graph.passes().remat_every != 0) {
    roots = apply(graph, "remat", rematerialize, roots);
  } else {
    roots = apply(graph, &Passes::recompute, recompute_cheap_values, std::move(roots));
  }
  roots = apply(graph, "repeat_terms", repeat_terms, roots);
  put_roots(targets, roots);
  if (is_kept_by_prefix(graph, roots)) targets.prefix_source = graph.var(graph.prefix_source());
}

}  // namespace reel
