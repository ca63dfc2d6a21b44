#include "reel/graph/print.h"

#include <fmt/format.h>

#include <map>

#include "reel/graph/printable.h"

namespace reel {
namespace {

std::string call(const Graph& graph, int32_t id) {
  const Node& node = graph.node(id);
  if (node.leaf == Leaf::constant) {
    return node.value.size() == 1 ? fmt::format("constant({:g})", node.value.item()) : "constant";
  }
  if (node.leaf != Leaf::none) return fmt::format("{} \"{}\"", node.op->name(), printable(graph.leaf_name(id)));
  std::string arguments;
  for (const int32_t input : node.inputs) arguments += fmt::format("{}%{}", arguments.empty() ? "" : ", ", input);
  const std::string attributes = node.op->attributes();
  if (!attributes.empty()) arguments += fmt::format("{}{}", arguments.empty() ? "" : ", ", attributes);
  return fmt::format("{}({})", node.op->name(), arguments);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_text(const Graph& graph, std::span<const Var> outputs) {
  std::string text;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    const std::string& origin = graph.origin(node);
    text += fmt::format("%{} = {} : {}{}{}\n", id, call(graph, id), node.type.str(), origin.empty() ? "" : "  # ",
                        printable(origin));
  }
  return text;
}

std::string to_dot(const Graph& graph, std::span<const Var> outputs) {
  std::map<std::string, std::string> clusters;
  std::string edges;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    const char* style = node.leaf == Leaf::none ? "" : ", style=filled, fillcolor=lightgrey";
    const std::string attributes = node.op->attributes();
    std::string label = node.leaf == Leaf::none ? std::string(node.op->name()) : call(graph, id);
    if (!attributes.empty()) label += " " + attributes;
    clusters[graph.origin(node)] +=
        fmt::format("    n{} [label=\"{}\\n{}\"{}];\n", id, escaped(label), node.type.str(), style);
    for (const int32_t input : node.inputs) edges += fmt::format("  n{} -> n{};\n", input, id);
  }
  std::string text = "digraph reel {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  int index = 0;
  for (const auto& [origin, body] : clusters) {
    if (origin.empty()) {
      text += body;
    } else {
      text += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n{}  }}\n", index++, escaped(origin), body);
    }
  }
  return text + edges + "}\n";
}

}  // namespace reel
