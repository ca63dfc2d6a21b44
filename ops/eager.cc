#include "reel/ops/eager.h"

#include "reel/graph/error.h"

namespace reel {

Var AtOnce::var(const Tensor& tensor) {
  if (!tensor) throw ValueError("arithmetic of tensors: one of them is empty");
  inputs_.push_back(tensor);
  return graph_->input(tensor.type(), "x");
}

std::vector<Var> AtOnce::var(const std::vector<Tensor>& tensors) {
  std::vector<Var> vars;
  for (const Tensor& tensor : tensors) vars.push_back(var(tensor));
  return vars;
}

std::vector<Tensor> AtOnce::run(const std::vector<Var>& results) {
  return Program(*graph_, {.outputs = results}).run(inputs_);
}

Tensor concatenate(const std::vector<Tensor>& tensors, int axis) {
  AtOnce once;
  return once.run(concatenate(once.var(tensors), axis));
}

Tensor transpose(const Tensor& x, std::initializer_list<int> axes) {
  AtOnce once;
  return once.run(transpose(once.var(x), axes));
}

Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands) {
  AtOnce once;
  return once.run(einsum(equation, once.var(operands)));
}

std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k) {
  AtOnce once;
  const TopK found = top_k(once.var(x), k);
  const std::vector<Tensor> both = once.run({found.values, found.indices});
  return {both[0], both[1]};
}

Tensor stack(const std::vector<Tensor>& tensors) {
  AtOnce once;
  return once.run(stack(once.var(tensors)));
}

}  // namespace reel
