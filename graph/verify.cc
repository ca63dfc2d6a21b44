#include "reel/graph/verify.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "reel/graph/error.h"

namespace reel {
namespace {

[[noreturn]] void fail(const Graph& graph, int32_t id, const std::string& what) {
  const Node& node = graph.node(id);
  throw Error(fmt::format("verify: %{} {}: {}{}", id, node.op->name(), what, in_layer(graph, node)));
}

void verify_node(const Graph& graph, int32_t id) {
  const Node& node = graph.node(id);
  const Op& op = *node.op;
  const Traits traits = op.traits();
  for (const int32_t input : node.inputs) {
    if (input < 0 || input >= id) fail(graph, id, fmt::format("input %{} does not come before it", input));
  }
  const std::vector<Type> types = graph.input_types(node);
  if (const Type type = op.infer(types); !(type == node.type)) {
    fail(graph, id, fmt::format("has type {}, its op infers {}", node.type.str(), type.str()));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (!types[i].shape.has_rows() || op.by_row(i, types, node.type)) continue;
    // Who gives rows of all rows gives each by where it stands among them.
    const bool gives_rows = node.type.shape.has_rows() && !traits.positional;
    if (gives_rows || graph.node(node.inputs[i]).space != kAllRows) {
      fail(graph, id, fmt::format("reads the rows of input {} {} whole", i, types[i].str()));
    }
  }
  graph.input_space(node);
  if (traits.reduces_rows && (!traits.accumulates || node.type.shape.has_rows())) {
    fail(graph, id, "reduces rows, so it must accumulate into an output without a row axis");
  }
}

bool asked_for() {
#ifdef NDEBUG
  constexpr bool kOtherwise = false;
#else
  constexpr bool kOtherwise = true;
#endif
  const char* value = std::getenv("REEL_VERIFY");
  return value != nullptr && *value != '\0' ? std::string_view(value) != "0" : kOtherwise;
}

std::atomic<bool>& is_on() {
  static std::atomic<bool> on = asked_for();
  return on;
}

}  // namespace

void verify(const Graph& graph, std::span<const Var> outputs) {
  for (const int32_t id : reachable(graph, outputs)) {
    if (graph.node(id).leaf == Leaf::none) verify_node(graph, id);
  }
}

bool verify_passes(bool on) { return is_on().exchange(on); }

void verify_after_pass(const Graph& graph, std::span<const Var> outputs) {
  if (is_on().load(std::memory_order_relaxed)) verify(graph, outputs);
}

}  // namespace reel
