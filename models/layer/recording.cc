#include "reel/models/layer/recording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"
#include "reel/ops/ops.h"
#include "reel/ops/random.h"

namespace reel {
namespace {

/// Throws unless the layer gave values with the rows of its input: whatever reads them goes by them.
void check_flows(const Flows& given, const Flow& input, const Giver& layer) {
  if (given.empty()) throw ShapeError(fmt::format("{}: expected a value at least, got none", layer.str()));
  Graph& graph = input.value.graph();
  const int64_t lead = input.value.shape().lead();
  for (const Flow& flow : given) {
    const Shape& shape = require_var(flow.value, graph, layer).shape();
    if (flow.mask) require_var(flow.mask, graph, layer);
    if (shape.rank() > 0 && shape[0] == lead) continue;
    throw ShapeError(fmt::format("{}: expected {}, got {}", layer.str(),
                                 lead == rows ? "[rows, ...]" : fmt::format("[{}, ...]", lead),
                                 flow.value.type().str()));
  }
}

/// Throws unless the layer's call takes what the call site says.
void check_options(const Layer& layer, const CallOptions& options) {
  const std::vector<std::string_view> taken = layer.call_options();
  const auto check = [&](bool is_given, std::string_view name) {
    if (!is_given || std::ranges::find(taken, name) != taken.end()) return;
    throw ValueError(fmt::format("{}: its call takes no {}{}", layer.class_name(), name,
                                 taken.empty() ? "" : fmt::format(", only {}", fmt::join(taken, ", "))));
  };
  check(static_cast<bool>(options.attention_mask), "attention_mask");
  check(options.use_causal_mask, "use_causal_mask");
  check(options.return_attention_scores, "return_attention_scores");
  check(options.reverse, "reverse");
}

/// The inputs with the masks that the call site gives them.
Flows masked(const Layer& layer, Flows inputs, const std::vector<Var>& masks) {
  if (masks.size() > inputs.size()) {
    throw ShapeError(fmt::format("{}: {} masks for {} inputs", layer.class_name(), masks.size(), inputs.size()));
  }
  for (size_t i = 0; i < masks.size(); ++i) {
    if (masks[i] && layer.takes_mask(i)) inputs[i].mask = masks[i];
  }
  return inputs;
}

}  // namespace

Flows Recording::apply(const LayerPtr& layer, const Flows& inputs, const CallOptions& options) {
  return apply_within(nullptr, training_, layer, inputs, options);
}

Flows Recording::apply_within(const Layer* outer, bool training, const LayerPtr& layer, const Flows& inputs,
                              const CallOptions& options) {
  if (inputs.empty()) throw ShapeError(fmt::format("layer \"{}\": expected an input, got none", layer->name()));
  if (outer != nullptr) outer->hold(layer);
  const std::string name = name_or_class(*layer);
  const Graph::Scope scope(graph_, name);
  const Giver giver{"layer", name};
  std::vector<Type> types;
  for (const Flow& input : inputs) types.push_back(require_var(input.value, graph_, giver).type());
  Flows given = located(", in " + giver.str(), [&] {
    enter(outer, layer, types);
    check_options(*layer, options);
    Call call(*this, *layer, options.training.value_or(training), options);
    return layer->call_many(call, masked(*layer, inputs, options.masks));
  });
  check_flows(given, inputs[0], giver);
  if (const Regularizer& regularizer = layer->activity_regularizer()) {
    for (const Flow& flow : given) add_loss(regularizer(flow.value) / row_count(graph_, flow.value.dtype()));
  }
  return given;
}

void Recording::enter(const Layer* outer, const LayerPtr& layer, const std::vector<Type>& inputs) {
  if (outer != nullptr) outer->hold(layer);
  if (std::ranges::find(layers_, layer) == layers_.end()) layers_.push_back(layer);
  layer->build_once(inputs, outer != nullptr ? outer->path() : scope_);
}

Recording::Known& Recording::known(const Variable& variable) {
  const auto [found, is_new] = variables_.try_emplace(variable.id());
  if (is_new) {
    const bool is_kept = variable.value() && variable.kind() != VariableKind::state;
    const Var leaf =
        is_kept ? graph_.parameter(variable.value(), variable.path()) : graph_.input(variable.type(), variable.path());
    found->second = {leaf, leaf};
    if (variable.kind() == VariableKind::state) states_.push_back(variable);
  }
  return found->second;
}

Var Recording::value_of(const Variable& variable) { return known(variable).value; }

void Recording::assign(const Variable& variable, Var value) {
  require_var(value, graph_, {"variable", variable.path()});
  Known& last = known(variable);
  if (!(value.type() == last.parameter.type())) {
    throw ShapeError(fmt::format("variable \"{}\" is {}, it was assigned {}", variable.path(),
                                 last.parameter.type().str(), value.type().str()));
  }
  last.value = value;
  if (std::ranges::find(assigned_, variable) == assigned_.end()) assigned_.push_back(variable);
}

std::vector<Assignment> Recording::assignments() {
  std::vector<Assignment> all;
  for (const Variable& variable : assigned_) {
    if (variable.kind() == VariableKind::state) continue;
    const Known& last = known(variable);
    all.push_back({last.parameter, last.value});
  }
  return all;
}

std::vector<Recording::State> Recording::states() {
  std::vector<State> all;
  for (const Variable& variable : states_) {
    const Known& last = known(variable);
    all.push_back({variable, last.parameter, last.value});
  }
  return all;
}

Var Recording::draw(const Layer& layer, const Shape& of_row, bool is_normal) {
  Drawn& drawn = drawn_[&layer];
  const Variable seed = layer.seed_variable();
  const Var key = known(seed).parameter;
  if (drawn.count == 0) assign(seed, next_seed(key));
  const auto is_it = [&](const LayerPtr& known_layer) { return &*known_layer == &layer; };
  const auto place = std::ranges::find_if(layers_, is_it) - layers_.begin();
  const RandomStream stream{.place = static_cast<uint32_t>(place), .draw = drawn.count++};
  return is_normal ? random_normal(key, of_row, stream) : random_uniform(key, of_row, stream);
}

void Recording::add_loss(Var loss) {
  require_var(loss, graph_, {"loss", "added by a layer"});
  if (loss.shape().rank() != 0 || loss.dtype() == DType::i32) {
    throw ShapeError(fmt::format("add_loss: expected a number, a float [], got {}", loss.type().str()));
  }
  losses_.push_back(loss);
}

}  // namespace reel
