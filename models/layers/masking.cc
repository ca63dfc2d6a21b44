#include "reel/models/layers/masking.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/users_code.h"
#include "reel/ops/ops.h"

namespace reel {

Flow Masking::call_masked(Call&, Flow input) const {
  const Var x = input.value;
  if (x.shape().rank() < 2)
    throw ShapeError(fmt::format("Masking: needs [rows, ..., features], got {}", x.type().str()));
  const Var differs = not_equal(x, x.graph().constant(mask_value_, x.dtype()));
  const Var mask = reduce_max(differs, -1, false);
  return {x * cast(reduce_max(differs, -1, true), x.dtype()), mask};
}

Lambda::Lambda(std::function<Var(Var)> function, const std::string& name)
    : function_(require_function(std::move(function), "Lambda")) {
  set_default_name(name);
}

void Lambda::fields(Fields&) {
  throw ValueError(fmt::format(
      "Lambda \"{}\": a function has no config; make it a layer of its own class, named \"package>Name\"", name()));
}

Var Lambda::call(Call&, Var x) const { return function_(x); }

}  // namespace reel
