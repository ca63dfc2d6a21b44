#include "reel/graph/targets.h"

#include <fmt/format.h>

#include <set>

#include "reel/graph/error.h"

namespace reel {

std::vector<Var> Targets::roots() const {
  std::vector<Var> roots = outputs;
  for (const Assignment& assignment : assignments) roots.push_back(assignment.value);
  if (guard) roots.push_back(*guard);
  if (prefix_source) roots.push_back(*prefix_source);
  return roots;
}

void Targets::check(const Graph& graph) const {
  for (const Var& output : outputs) graph.require_own(output, "compile: outputs");
  if (guard) graph.require_own(*guard, "compile: guard");
  for (const Var& input : inputs) {
    graph.require_own(input, "compile: inputs");
    if (graph.node(input).leaf == Leaf::input) continue;
    throw Error(fmt::format("compile: one of the inputs, {}, is not an input of the graph", input.type().str()));
  }
  std::set<int32_t> assigned;
  for (const auto& [parameter, value] : assignments) {
    graph.require_own(parameter, "compile: assignments");
    graph.require_own(value, "compile: assignments");
    if (graph.node(parameter).leaf != Leaf::parameter) throw Error("compile: only a parameter can be assigned to");
    if (!assigned.insert(parameter.id()).second) {
      throw Error(fmt::format("compile: parameter \"{}\" is assigned to twice", graph.leaf_name(parameter.id())));
    }
    if (!(parameter.type() == value.type())) {
      throw ShapeError(fmt::format("compile: parameter \"{}\" {} cannot take {}", graph.leaf_name(parameter.id()),
                                   parameter.type().str(), value.type().str()));
    }
    if (guard && value.id() < guard->id() && graph.node(value).leaf == Leaf::none) {
      throw Error("compile: the guard must be recorded before the values that it guards");
    }
  }
  if (guard && guard->shape().rank() != 0) {
    throw ShapeError(fmt::format("compile: the guard must be a scalar, got {}", guard->type().str()));
  }
  if (!guard_limit) return;
  graph.require_own(*guard_limit, "compile: guard_limit");
  const bool fits = guard && guard->type() == guard_limit->type() && guard->dtype() != DType::i32;
  if (fits && graph.node(*guard_limit).leaf == Leaf::parameter) return;
  throw Error(fmt::format("compile: the guard's limit must be a parameter of the guard's type, a float, got {} for {}",
                          guard_limit->type().str(), guard ? guard->type().str() : "no guard"));
}

}  // namespace reel
