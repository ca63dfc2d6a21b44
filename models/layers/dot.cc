#include "reel/models/layers/dot.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/ops/ops.h"

namespace reel {

Dot::Dot(AxisList axes, DotOptions options) : axes_(std::move(axes)), normalize_(options.normalize) {
  set_default_name(options.name);
  check();
}

void Dot::check() const {
  if (!axes_.is_list() || axes_.axes().size() == 2) return;
  throw ValueError(fmt::format("Dot: axes are one, or one of each value, got {}", axes_.config().str()));
}

void Dot::fields(Fields& f) {
  f.required("axes", axes_);
  f("normalize", normalize_);
}

int Dot::axis_of(size_t input, const Shape& x) const {
  const int64_t given = axes_.axes().at(axes_.is_list() ? input : 0);
  const int64_t axis = given < 0 ? given + x.rank() : given;
  if (axis >= 1 && axis < x.rank()) return static_cast<int>(axis);
  throw ShapeError(fmt::format("Dot: axis {} of {} is none beside the rows", given, x.str()));
}

void Dot::build_many(std::span<const Type> inputs) {
  if (inputs.size() != 2) throw ShapeError(fmt::format("Dot: takes two values, got {}", inputs.size()));
  const Shape &a = inputs[0].shape, &b = inputs[1].shape;
  const int of_a = axis_of(0, a), of_b = axis_of(1, b);
  if (a[of_a] == b[of_b]) return;
  throw ShapeError(fmt::format("Dot: axis {} of {} and axis {} of {} differ, {} against {}", of_a, a.str(), of_b,
                               b.str(), a[of_a], b[of_b]));
}

Flows Dot::call_many(Call&, const Flows& inputs) const {
  Var x[2];
  std::string letters[2], result = "a";  // 'a' for the rows, 'z' for what is summed over
  char next = 'b';
  for (size_t i = 0; i < 2; ++i) {
    x[i] = inputs[i].value.dtype() == DType::i32 ? cast(inputs[i].value, DType::f32) : inputs[i].value;
    const int axis = axis_of(i, x[i].shape());
    if (normalize_) x[i] = unit_vectors(x[i], axis);
    for (int at = 0; at < x[i].shape().rank(); ++at) letters[i] += at == 0 ? 'a' : at == axis ? 'z' : next++;
    for (const char letter : letters[i]) {
      if (letter != 'a' && letter != 'z') result += letter;
    }
  }
  const Var y = einsum(fmt::format("{},{}->{}", letters[0], letters[1], result), x[0], x[1]);
  return {{result == "a" ? expand_dims(y, 1) : y}};
}

}  // namespace reel
