#include "reel/ops/elementwise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

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

void check_number(std::string_view op, double value, DType dtype) {
  using Limits = std::numeric_limits<int32_t>;
  if (dtype != DType::i32 || (value == std::trunc(value) && value >= Limits::min() && value <= Limits::max())) return;
  throw ValueError(fmt::format("{}: {} is no i32, which it stands beside; cast the other to a float type", op, value));
}

Var number_beside(std::string_view op, Var x, double value) {
  if (!x) throw Error(fmt::format("{}: got an empty Var", op));
  check_number(op, value, x.dtype());
  return x.graph().constant(value, x.dtype());
}

std::string ElementwiseBase::attributes() const {
  return parameters_.empty() ? "" : fmt::format("{}", fmt::join(parameters_, ", "));
}

Type ElementwiseBase::infer(std::span<const Type> inputs) const {
  if (inputs.size() != arity()) {
    throw ShapeError(fmt::format("{}: its kernel takes {} operands, got {}", name(), arity(), inputs.size()));
  }
  const bool of_integers = inputs[0].dtype == DType::i32, takes_integers = integers() != Integers::refused;
  for (const Type& input : inputs) {
    if ((of_integers && !takes_integers) || input.dtype != inputs[0].dtype) {
      std::string types;
      for (const Type& type : inputs) types += (types.empty() ? "" : " and ") + type.str();
      throw ShapeError(
          fmt::format("{}: needs operands of one {}type, got {}", name(), takes_integers ? "" : "float ", types));
    }
  }
  const bool gives_floats = of_integers && integers() == Integers::compared;
  return {gives_floats ? DType::f32 : inputs[0].dtype, broadcast_shapes(name(), inputs)};
}

void ElementwiseBase::refuse_gradient() const {
  throw Error(fmt::format(
      "{}: has no gradient: its definition has no `gradient`, and does not say that it is `piecewise_constant`",
      name()));
}

bool ElementwiseBase::by_row(size_t input, std::span<const Type> inputs, const Type& output) const {
  const Shape& shape = inputs[input].shape;
  return shape.rank() > 0 && shape.rank() == output.shape.rank() && shape[0] == output.shape[0];
}

}  // namespace reel
