#include <algorithm>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

class FuseAddends {
 public:
  FuseAddends(Graph& graph, std::span<const Var> outputs) : graph_(graph), uses_(count_uses(graph, outputs)) {}

  Var operator()(const Node& node, std::span<const Var> inputs) const {
    if (!node.op->traits().sum || inputs.size() < 2) return {};
    // Two may change places: the one with more to compute takes in the other.
    if (inputs.size() == 2) {
      const size_t more = work(node, 0) > work(node, 1) ? 0 : 1;
      const Var sum = with_addend(node, inputs, more, inputs[1 - more]);
      return sum ? sum : with_addend(node, inputs, 1 - more, inputs[more]);
    }
    // A sum adds its inputs from the front, so taking in the last ones, one after the other, keeps the order.
    size_t rest = inputs.size();
    while (rest > 1 && may_take_in(node, inputs, rest - 1, inputs[0])) --rest;
    if (rest == inputs.size()) return {};
    Var total = rest == 1 ? inputs[0] : graph_.add(node.op, inputs.first(rest));
    for (size_t i = rest; i < inputs.size(); ++i) total = with_addend(node, inputs, i, total);
    return total;
  }

 private:
  double work(const Node& sum, size_t i) const {
    const Node& input = graph_.node(sum.inputs[i]);
    return input.leaf == Leaf::none ? input.op->flops_per_row(graph_.input_types(input), input.type) : 0;
  }

  /// Whether input i of the sum is read by it alone, and could add `addend` to what it computes.
  bool may_take_in(const Node& sum, std::span<const Var> inputs, size_t i, Var addend) const {
    const Node& product = graph_.node(inputs[i]);
    return product.leaf == Leaf::none && uses_[sum.inputs[i]] == 1 && may_be_added(addend.type(), sum.type) &&
           product.type == sum.type && product.op->with_addend();
  }

  /// Integers are added by themselves.
  static bool may_be_added(const Type& addend, const Type& sum) {
    if (sum.dtype == DType::i32) return false;
    return addend == sum || (sum.shape.rank() > 1 && addend == Type{sum.dtype, {sum.shape.back()}});
  }

  Var with_addend(const Node& sum, std::span<const Var> inputs, size_t i, Var addend) const {
    if (!may_take_in(sum, inputs, i, addend)) return {};
    const Node& product = graph_.node(inputs[i]);
    std::vector<Var> operands;
    for (const int32_t input : product.inputs) operands.push_back(graph_.var(input));
    operands.push_back(addend);
    const Graph::Scope scope(graph_, product, sum.adjoint);  // what it cannot take is a mistake of the product's layer
    return graph_.add(product.op->with_addend(), operands);
  }

  Graph& graph_;
  std::vector<int32_t> uses_;
};

}  // namespace

std::vector<Var> fuse_addends(Graph& graph, std::span<const Var> outputs) {
  const FuseAddends fuse(graph, outputs);
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) { return fuse(node, inputs); });
}

}  // namespace reel
