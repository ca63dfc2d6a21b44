#include "reel/models/layer/variable.h"

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

void Variable::refuse_empty() { throw Error("variable: there is none; a layer makes its variables in build()"); }

}  // namespace reel
