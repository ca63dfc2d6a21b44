#include <algorithm>

#include "reel/graph/located.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

Tensor evaluate(const Graph& graph, const Node& node, std::span<const Var> inputs) {
  const Op& op = *node.op;
  const Type& type = node.type;
  std::vector<Operand> operands;
  for (const Var& input : inputs) operands.push_back({input.graph().node(input).value.raw(), &input.type()});
  Tensor out = Tensor::zeros(type.shape, type.dtype);
  Block block;
  block.rows = op.traits().reduces_rows ? inputs[0].shape().lead() : type.shape.lead();
  block.inputs = operands;
  block.output = out.raw();
  block.type = &type;
  std::shared_ptr<std::byte[]> scratch;
  if (const int64_t bytes = op.scratch_bytes(graph.input_types(node), type, block.rows); bytes > 0) {
    scratch = allocate(static_cast<size_t>(bytes), "the scratch of an op");
    block.scratch = scratch.get();
  }
  try {
    op.run(block);
  } catch (const std::exception&) {
    rethrow_located(in_layer(graph, node), op.name());
  }
  return out;
}

}  // namespace

std::vector<Var> fold_constants(Graph& graph, std::span<const Var> outputs) {
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    const auto is_constant = [&](Var input) { return graph.node(input).leaf == Leaf::constant; };
    if (inputs.empty() || node.op->traits().positional || node.type.shape.has_rows() ||
        node.type.shape.size() > kMostFolded || !std::all_of(inputs.begin(), inputs.end(), is_constant)) {
      return {};
    }
    const Tensor value = evaluate(graph, node, inputs);
    return value.shape().rank() == 0 ? graph.constant(value.item(), value.dtype()) : graph.constant(value);
  });
}

}  // namespace reel
