#include "reel/models/layers/recurrent.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/reduce.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

Var zeros_like(Var x, const Shape& of_row) {
  return broadcast_to(x.graph().constant(0, x.dtype()), of_row.with_inserted(0, x.shape()[0]));
}

}  // namespace

RNN::RNN(LayerPtr cell, RNNOptions options) : cell_(std::move(cell)), options_(std::move(options)) {
  cell_of(cell_, "RNN");
  set_default_name(options_.name);
}

void RNN::unrolling_fields(Fields& f) {
  f("return_sequences", options_.return_sequences);
  f("return_state", options_.return_state);
  f("go_backwards", options_.go_backwards);
  f("stateful", options_.stateful);
  f("unroll", options_.unroll);
  f("zero_output_for_mask", options_.zero_output_for_mask);
}

void RNN::fields(Fields& f) {
  unrolling_fields(f);
  f.required("cell", cell_);
}

void RNN::build(const Type& input) {
  if (input.shape.rank() < 3 || input.shape[1] == 0) {
    throw ShapeError(fmt::format("{}: needs sequences [rows, steps, features], got {}", class_name(), input.str()));
  }
  const std::vector<Shape> shapes = state_shapes();
  if (shapes.empty()) throw ShapeError(fmt::format("{}: a cell needs at least one state", cell_->class_name()));
  states_.clear();
  if (!options_.stateful) return;
  for (const Shape& shape : shapes) {
    states_.push_back(add_weight(fmt::format("state_{}", states_.size()), shape.with_inserted(0, rows), "zeros",
                                 {.kind = VariableKind::state}));
  }
}

std::vector<Var> RNN::first_states(Call& call, Var x, const Flows& inputs) const {
  const std::vector<Shape> shapes = state_shapes();
  std::vector<Var> states;
  if (inputs.size() > 1) {
    if (inputs.size() != 1 + shapes.size()) {
      throw ShapeError(
          fmt::format("{}: has {} states, got {} initial ones", class_name(), shapes.size(), inputs.size() - 1));
    }
    for (size_t i = 1; i < inputs.size(); ++i) states.push_back(cast(inputs[i].value, x.dtype()));
    return states;
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    states.push_back(options_.stateful ? call[states_[i]] : zeros_like(x, shapes[i]));
  }
  return states;
}

/// Where a step is masked, the states and the output are those of before; the first step has as output before it the
/// first state, if it gives its state as output, else zeros.
CellStep RNN::keep_masked(const CellStep& next, Var valid, const std::vector<Var>& states, Var output) const {
  const auto of = [&](Var value) { return with_axes_of(value, cast(valid, value.dtype())); };
  CellStep kept;
  for (size_t i = 0; i < states.size(); ++i) {
    kept.states.push_back(where(of(states[i]), next.states[i], states[i]));
  }
  const bool gives_state = next.output == next.states[0];
  if (gives_state && !options_.zero_output_for_mask) {
    kept.output = kept.states[0];
  } else {
    const Var zeros = zeros_like(next.output, next.output.shape().without_axis(0));
    const bool keeps = output && !options_.zero_output_for_mask;
    kept.output = where(of(next.output), next.output, keeps ? output : zeros);
  }
  return kept;
}

Flows RNN::call_many(Call& call, const Flows& inputs) const {
  const Cell& cell = cell_of(cell_, class_name());
  Var x = inputs[0].value;
  const Var mask = inputs[0].mask;
  const int64_t steps = x.shape()[1];
  Call within = call.enter(cell_, {select(x, 1, 0).type()});
  if (const auto weights = cell_->weights(); !weights.empty()) x = cast(x, within[weights[0]].dtype());
  std::vector<Var> states = first_states(call, x, inputs), outputs;
  const CellStart start = cell.begin(within, select(x, 1, 0).type());
  Var output;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = options_.go_backwards ? steps - 1 - i : i;
    CellStep next = cell.checked_step(within, select(x, 1, t), states, start);
    if (mask) next = keep_masked(next, select(mask, 1, t), states, output);
    output = next.output;
    states = std::move(next.states);
    if (options_.return_sequences) outputs.push_back(output);
  }
  for (size_t i = 0; i < states_.size(); ++i) call.assign(states_[i], states[i]);
  Flows out{options_.return_sequences ? Flow{stack(outputs), mask} : Flow{output}};
  if (options_.return_state) {
    for (const Var& state : states) out.push_back({state});
  }
  return out;
}

}  // namespace reel
