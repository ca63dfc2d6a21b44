#include "reel/graph/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/trace.h"

namespace reel {
namespace {

/// What `make` returns; a trace shows how long it took.
template <class Make>
auto traced(std::string_view name, Make&& make) {
  const TraceScope scope(name, "compile");
  return make();
}

/// All inputs that the graph needs, unless the targets name them; then none may be missing.
std::vector<Var> inputs_of(Graph& graph, const Targets& targets, std::span<const int32_t> live) {
  std::vector<Var> inputs = targets.inputs;
  for (const int32_t id : live) {
    if (graph.node(id).leaf != Leaf::input) continue;
    const std::vector<Var>& named = targets.inputs;
    const auto is_it = [id](Var var) { return var.id() == id; };
    if (std::any_of(named.begin(), named.end(), is_it)) continue;
    if (!named.empty()) {
      throw Error(
          fmt::format("compile: the outputs need input \"{}\", which is not among the inputs", graph.leaf_name(id)));
    }
    inputs.push_back(graph.var(id));
  }
  return inputs;
}

/// The nodes themselves, with the names that messages and profiles tell.
void keep_nodes(const Graph& graph, std::span<const int32_t> ids, Plan& plan) {
  plan.index_of.assign(static_cast<size_t>(graph.size()), -1);
  for (const int32_t id : ids) {
    if (plan.index_of[id] >= 0) continue;
    plan.index_of[id] = static_cast<int32_t>(plan.nodes.size());
    const Node& node = plan.nodes.emplace_back(graph.node(id));
    if (static_cast<size_t>(node.origin) >= plan.layers.size())
      plan.layers.resize(static_cast<size_t>(node.origin) + 1);
    plan.layers[static_cast<size_t>(node.origin)] = graph.origin(node);
    if (node.leaf == Leaf::input || node.leaf == Leaf::parameter) plan.leaf_names[id] = graph.leaf_name(id);
  }
}

}  // namespace

std::vector<Type> Plan::input_types(const Node& node) const {
  std::vector<Type> types;
  types.reserve(node.inputs.size());
  for (const int32_t id : node.inputs) types.push_back(this->node(id).type);
  return types;
}

int32_t Plan::buffer_of(int32_t id) const {
  const int32_t base = memory.home[id].base;
  return base >= kFirstBuffer && base < memory.finished_frame(0) ? base - kFirstBuffer : -1;
}

std::shared_ptr<const Plan> make_plan(Graph& graph, Targets targets) {
  const TraceScope scope("compile " + targets.name, "compile");
  targets.check(graph);
  rewrite_for_running(graph, targets);
  const std::vector<int32_t> live = reachable(graph, targets.roots());
  auto plan = std::make_shared<Plan>();
  plan->name = targets.name;
  for (const Var& input : inputs_of(graph, targets, live)) {
    plan->inputs.push_back({input.id(), input.type(), graph.leaf_name(input.id())});
  }
  plan->schedule = traced("schedule", [&] { return make_schedule(graph, targets); });
  plan->memory = traced("plan", [&] { return plan_memory(graph, targets, plan->schedule); });
  plan->code = traced("instructions", [&] { return make_instructions(graph, plan->schedule, plan->memory); });
  for (const Var& output : targets.outputs) plan->outputs.push_back({output.id(), output.type()});
  std::vector<int32_t> kept = live;
  for (const auto& [parameter, value] : targets.assignments) {
    plan->assignments.push_back({parameter.id(), value.id()});
    kept.push_back(parameter.id());
  }
  if (targets.guard) plan->guard = targets.guard->id();
  if (targets.guard_limit) kept.push_back(plan->guard_limit = targets.guard_limit->id());
  if (targets.prefix_source) plan->prefix_source = targets.prefix_source->id();
  keep_nodes(graph, kept, *plan);
  return plan;
}

}  // namespace reel
