#include "graph/interpreter.h"

#include <algorithm>
#include <cstring>

namespace reel::testing {
namespace {

int64_t concrete(int64_t extent, int64_t batch_rows) { return extent == rows ? batch_rows : extent; }

Shape concrete(const Shape& shape, int64_t batch_rows) {
  return shape.has_rows() ? shape.with_lead(batch_rows) : shape;
}

/// One node, its operands at hand.
struct Call {
  const Graph& graph;
  const Node& node;
  std::vector<Type> types;
  std::vector<Operand> whole;  // first elements
  int64_t batch_rows;
  const Tensor* sequences;  // whose prefixes row spaces speak of; null where there is none

  int64_t extent() const {
    if (!node.op->traits().reduces_rows) return concrete(node.type.shape.lead(), batch_rows);
    for (size_t i = 0; i < types.size(); ++i) {
      if (node.op->by_row(i, types, node.type)) return concrete(types[i].shape.lead(), batch_rows);
    }
    return 1;
  }

  /// Of its output, or where it sums over them, of its inputs.
  RowSpace space_of_rows() const { return node.op->traits().reduces_rows ? graph.input_space(node) : node.space; }

  /// Groups of rows stand at the beginning of where their rows do.
  void run(int64_t first, int64_t count, Tensor& out) const {
    std::vector<Operand> operands = whole;
    for (size_t i = 0; i < operands.size(); ++i) {
      if (!node.op->by_row(i, types, node.type)) continue;
      operands[i].data += first * types[i].row_bytes();
    }
    PrefixTree prefixes;
    Block block;
    block.rows = count;
    if (const RowSpace space = space_of_rows(); sequences != nullptr) {
      const int64_t steps = sequences->shape()[1];
      prefixes.build(sequences->data<int32_t>().data() + first * steps, count, steps, count);
      block.rows = prefixes.count(space);
      block.prefixes = &prefixes;
    }
    block.first_row = first;
    block.batch_rows = batch_rows;
    block.inputs = operands;
    block.output = out.raw() + (node.op->traits().reduces_rows ? 0 : first * node.type.row_bytes());
    const Type type{out.dtype(), node.type.shape};
    block.type = &type;
    std::shared_ptr<std::byte[]> scratch;
    if (const int64_t bytes = node.op->scratch_bytes(types, node.type, count); bytes > 0) {
      scratch = allocate(static_cast<size_t>(bytes), "scratch");
      block.scratch = scratch.get();
    }
    node.op->run(block);
  }

  /// What it writes to: of doubles where a program would sum in doubles, too.
  Tensor zeros() const {
    const bool in_double = node.op->traits().adds_to_doubles;
    return Tensor::zeros(concrete(node.type.shape, batch_rows), in_double ? DType::f64 : node.type.dtype);
  }

  /// In the type of the node.
  Tensor rounded(Tensor sums) const {
    if (sums.dtype() == node.type.dtype) return sums;
    Tensor result(node.type.dtype, sums.shape());
    std::ranges::transform(sums.data<double>(), result.data<float>().begin(),
                           [](double sum) { return static_cast<float>(sum); });
    return result;
  }
};

template <class RunNode>
Interpretation run_all(const Graph& graph, std::span<const Var> outputs, const std::map<int32_t, Tensor>& inputs,
                       int64_t batch_rows, RunNode&& run_node) {
  Interpretation result;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    if (node.leaf != Leaf::none) {
      result.values[id] = node.leaf == Leaf::input ? inputs.at(id) : node.value;
      continue;
    }
    const bool of_batch = node.type.shape.has_rows() || node.op->traits().reduces_rows;
    const auto sequences = of_batch ? inputs.find(graph.prefix_source()) : inputs.end();
    Call call{graph, node, graph.input_types(node), {}, batch_rows, nullptr};
    if (sequences != inputs.end()) call.sequences = &sequences->second;
    for (size_t i = 0; i < call.types.size(); ++i) {
      const Tensor& value = result.values.at(node.inputs[i]);
      call.whole.push_back({value.raw(), &call.types[i]});
    }
    result.values[id] = run_node(call);
  }
  return result;
}

}  // namespace

Interpretation interpret(const Graph& graph, std::span<const Var> outputs, const std::map<int32_t, Tensor>& inputs,
                         int64_t batch_rows, int64_t block_rows) {
  return run_all(graph, outputs, inputs, batch_rows, [&](const Call& call) {
    Tensor out = call.zeros();
    const int64_t extent = call.extent(), step = block_rows > 0 ? block_rows : extent;
    for (int64_t first = 0; first < extent; first += step) call.run(first, std::min(step, extent - first), out);
    return call.rounded(std::move(out));
  });
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace reel::testing
