#include "reel/models/layer/variable.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {

Variable::Variable(std::string name, const Shape& shape, Initializer initializer, const VariableOptions& options)
    : data_(std::make_shared<Data>(Data{.name = name,
                                        .path = name,
                                        .type = {options.dtype, shape},
                                        .initializer = std::move(initializer),
                                        .regularizer = options.regularizer,
                                        .constraint = options.constraint,
                                        .kind = options.kind,
                                        .is_trainable = options.trainable && options.kind == VariableKind::weight,
                                        .value = {}})) {}

void Variable::check_assignable(const Tensor& value, std::string_view call) const {
  const Type& own = data().value ? data().value.type() : type();
  if (value && value.type() == own) return;
  throw ShapeError(fmt::format("{}: \"{}\" is {}, got {}", call, path(), own.str(),
                               value ? value.type().str() : std::string("nothing")));
}

void Variable::assign(const Tensor& value) {
  check_assignable(value, "assign");
  if (data().value)
    data().value.assign(value);
  else
    set_value(value.clone());
}

void Variable::refuse_empty() { throw Error("variable: there is none; a layer makes its variables in build()"); }

}  // namespace reel
