#include "reel/ops/elementwise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"

namespace reel {

Shape broadcast_shapes(std::string_view op, std::span<const Type> inputs) {
  int rank = 0;
  for (const Type& input : inputs) rank = std::max(rank, input.shape.rank());
  std::vector<int64_t> dims(rank, 1);
  const auto fail = [&] {
    std::string shapes;
    for (const Type& input : inputs) shapes += (shapes.empty() ? "" : " and ") + input.shape.str();
    throw ShapeError(fmt::format("{}: shapes {} do not broadcast together", op, shapes));
  };
  for (const Type& input : inputs) {
    if (input.shape.has_rows() && input.shape.rank() != rank) fail();
    for (int axis = 0; axis < input.shape.rank(); ++axis) {
      int64_t& dim = dims[rank - input.shape.rank() + axis];
      if (dim == 1) dim = input.shape[axis];
      if (input.shape[axis] != 1 && input.shape[axis] != dim) fail();
    }
  }
  return Shape(dims);
}

std::string ElementwiseBase::attributes() const {
  return parameters_.empty() ? "" : fmt::format("{}", fmt::join(parameters_, ", "));
}

Type ElementwiseBase::infer(std::span<const Type> inputs) const {
  if (inputs.size() != arity()) {
    throw ShapeError(fmt::format("{}: its kernel takes {} operands, got {}", name(), arity(), inputs.size()));
  }
  const bool of_integers = inputs[0].dtype == DType::i32;
  for (const Type& input : inputs) {
    if ((of_integers && !compares()) || input.dtype != inputs[0].dtype) {
      std::string types;
      for (const Type& type : inputs) types += (types.empty() ? "" : " and ") + type.str();
      throw ShapeError(
          fmt::format("{}: needs operands of one {}type, got {}", name(), compares() ? "" : "float ", types));
    }
  }
  return {of_integers ? DType::f32 : inputs[0].dtype, broadcast_shapes(name(), inputs)};
}

bool ElementwiseBase::by_row(size_t input, std::span<const Type> inputs, const Type& output) const {
  const Shape& shape = inputs[input].shape;
  return shape.rank() > 0 && shape.rank() == output.shape.rank() && shape[0] == output.shape[0];
}

}  // namespace reel
