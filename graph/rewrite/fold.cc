#include <algorithm>

#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

Tensor evaluate(const Op& op, const Type& type, std::span<const Var> inputs) {
  std::vector<Operand> operands;
  for (const Var& input : inputs) operands.push_back({input.graph().node(input).value.raw(), &input.type()});
  Tensor out = Tensor::zeros(type.shape, type.dtype);
  Block block;
  block.rows = op.traits().reduces_rows ? inputs[0].shape().lead() : type.shape.lead();
  block.inputs = operands;
  block.output = out.raw();
  block.type = &type;
  op.run(block);
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
    const Tensor value = evaluate(*node.op, node.type, inputs);
    return value.shape().rank() == 0 ? graph.constant(value.item(), value.dtype()) : graph.constant(value);
  });
}

}  // namespace reel
