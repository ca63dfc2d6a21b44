#include "reel/models/layers/cell.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/dropout.h"
#include "reel/ops/ops.h"

namespace reel {

CellStep Cell::checked_step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const {
  CellStep next = step(call, x, states, start);
  if (!next.output) throw ShapeError(fmt::format("{}: a step must give an output, gave nothing", class_name()));
  if (next.states.size() != states.size()) {
    throw ShapeError(
        fmt::format("{}: a step must give {} states, gave {}", class_name(), states.size(), next.states.size()));
  }
  for (size_t i = 0; i < states.size(); ++i) {
    if (next.states[i] && next.states[i].type() == states[i].type()) continue;
    throw ShapeError(fmt::format("{}: a step must give state {} as {}, gave {}", class_name(), i,
                                 states[i].type().str(),
                                 next.states[i] ? next.states[i].type().str() : std::string("nothing")));
  }
  return next;
}

Flows Cell::call_many(Call& call, const Flows& inputs) const {
  const size_t count = state_shapes().size();
  if (inputs.size() != 1 + count) {
    throw ShapeError(fmt::format("{}: takes a value and {} states, got {} values", class_name(), count, inputs.size()));
  }
  std::vector<Var> states;
  for (size_t i = 0; i < count; ++i) states.push_back(inputs[i + 1].value);
  const Var x = inputs[0].value;
  const CellStep next = checked_step(call, x, states, begin(call, x.type()));
  Flows out{{next.output}};
  for (const Var& state : next.states) out.push_back({state});
  return out;
}

const Cell& cell_of(const LayerPtr& layer, std::string_view of) {
  const Cell* cell = layer ? dynamic_cast<const Cell*>(&*layer) : nullptr;
  if (cell != nullptr) return *cell;
  throw ValueError(
      fmt::format("{}: expected a cell, got {}", of, layer ? layer->class_name() : std::string("a null pointer")));
}

CellStart dropout_start(Call& call, const Shape& input, double dropout, const Shape& state, double recurrent_dropout) {
  const Var of_input = dropout_mask(call, input, dropout);
  return {.values = {of_input, dropout_mask(call, state, recurrent_dropout)}};
}

Var masked(Var x, Var mask) { return mask ? x * cast(mask, x.dtype()) : x; }

StackedRNNCells::StackedRNNCells(std::vector<LayerPtr> cells, std::string name) : cells_(std::move(cells)) {
  set_default_name(name);
  check();
}

void StackedRNNCells::check() const {
  if (cells_.empty()) throw ValueError("StackedRNNCells: expected a cell at least, got none");
  for (const LayerPtr& cell : cells_) cell_of(cell, "StackedRNNCells");
}

std::vector<Shape> StackedRNNCells::state_shapes() const {
  std::vector<Shape> all;
  for (const LayerPtr& cell : cells_) {
    for (const Shape& shape : cell_of(cell, class_name()).state_shapes()) all.push_back(shape);
  }
  return all;
}

std::vector<Layer::Attribute> StackedRNNCells::attributes() const {
  std::vector<Attribute> all;
  for (const LayerPtr& cell : cells_) all.push_back({"cells", cell, true});
  return all;
}

Shape StackedRNNCells::output_shape() const { return cell_of(cells_.back(), class_name()).output_shape(); }

CellStart StackedRNNCells::begin(Call& call, const Type& x) const {
  CellStart start;
  Type input = x;
  for (const LayerPtr& layer : cells_) {
    const Cell& cell = cell_of(layer, class_name());
    Call inner = call.enter(layer, {input});
    start.inner.push_back(cell.begin(inner, input));
    input.shape = cell.output_shape().with_inserted(0, x.shape[0]);
  }
  return start;
}

CellStep StackedRNNCells::step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const {
  CellStep out{x, {}};
  auto next_state = states.begin();
  for (size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cell_of(cells_[i], class_name());
    Call inner = call.enter(cells_[i], {out.output.type()});
    const auto count = static_cast<ptrdiff_t>(cell.state_shapes().size());
    const CellStep given = cell.checked_step(inner, out.output, {next_state, next_state + count}, start.inner[i]);
    next_state += count;
    out.output = given.output;
    out.states.insert(out.states.end(), given.states.begin(), given.states.end());
  }
  return out;
}

}  // namespace reel
