#include "reel/models/layer/call.h"

#include "reel/models/layer/recording.h"

namespace reel {

Graph& Call::graph() const { return recording_.graph(); }
Var Call::operator[](const Variable& variable) const { return recording_.value_of(variable); }
void Call::assign(const Variable& variable, Var value) { recording_.assign(variable, value); }
Var Call::uniform(const Shape& of_row) { return recording_.draw(layer_, of_row, false); }
Var Call::normal(const Shape& of_row) { return recording_.draw(layer_, of_row, true); }
void Call::add_loss(Var loss) { recording_.add_loss(loss); }

Flows Call::apply(const LayerPtr& inner, const Flows& inputs, const CallOptions& options) {
  return recording_.apply_within(&layer_, training_, inner, inputs, options);
}

Call Call::enter(const LayerPtr& inner, const std::vector<Type>& inputs) const {
  recording_.enter(&layer_, inner, inputs);
  return Call(recording_, *inner, training_);
}

Flow Call::apply(const LayerPtr& inner, const Flow& input, const CallOptions& options) {
  return apply(inner, Flows{input}, options).at(0);
}

}  // namespace reel
