// Model: how its calls are wired, and its variables get their values.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/graph/random.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/host_inputs.h"
#include "reel/models/model/model_state.h"

namespace reel {
namespace {

Tensor initial_value(const Variable& variable, const std::string& layer, Random& random) {
  const auto place = fmt::format(", in weight \"{}\" of layer \"{}\"", excerpt(variable.name()), excerpt(layer));
  const Tensor value = located(place, [&] { return variable.initializer()(variable.shape(), random); });
  // Initializers make floats, of which statistics may be counts.
  return !value || value.dtype() == variable.type().dtype ? value : value.cast(variable.type().dtype);
}

/// Adds the layer's parameters to `count`, which must not come to more than `most` or than there is memory for.
void count_parameters(const Layer& layer, int64_t most, int64_t& count) {
  for (const Variable& variable : layer.weights()) count += variable.shape().size();
  if (count > most) {
    throw ValueError(fmt::format("layer \"{}\": the model has {} parameters with it, expected at most {}", layer.name(),
                                 count, most));
  }
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  if (bytes > machine_memory()) refuse_memory(bytes, fmt::format("the weights up to layer \"{}\"", layer.name()));
}

/// Where a model for values like these begins.
Input input_for(const SymbolicType& type) {
  const std::vector<int64_t> of_row(type.shape.begin() + 1, type.shape.end());
  return type.is_text ? Input(of_row, "string") : Input(of_row, type.dtype);
}

bool is_input(const LayerPtr& layer) { return layer->class_name() == "InputLayer"; }

}  // namespace

std::vector<Variable> Model::State::variables() const {
  std::vector<Variable> all;
  for (const LayerPtr& layer : distinct) {
    for (const Variable& variable : layer->variables()) {
      if (std::ranges::find(all, variable) == all.end()) all.push_back(variable);
    }
  }
  return all;
}

void Model::State::initialise() {
  int64_t parameters = 0;
  for (const LayerPtr& layer : distinct) count_parameters(*layer, most_parameters, parameters);
  uint64_t ordinal = 0;
  for (const LayerPtr& layer : distinct) {
    for (Variable variable : layer->variables()) {
      if (variable.kind() == VariableKind::state) continue;
      if (variable.kind() == VariableKind::seed) {
        const auto word = static_cast<int32_t>(philox(seed, static_cast<uint64_t>(Purpose::draws), 0)[0]);
        if (!variable.value()) variable.set_value(Tensor::of<int32_t>({word, 0}));
        continue;
      }
      Random random(seed, Purpose::weights, ordinal++);
      if (!variable.value()) variable.set_value(initial_value(variable, layer->name(), random));
    }
  }
}

void Model::State::wire(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs) {
  const Use::Making making(*this);
  if (inputs.empty() || outputs.empty()) {
    throw ValueError(
        fmt::format("{}: needs an input and an output, got {} and {}", name, inputs.size(), outputs.size()));
  }
  Wiring wired(std::move(inputs), std::move(outputs));
  if (!is_sequential) {
    layers = wired.layers();
    distinct = layers;
    name_layers(layers);
  }
  wiring = std::move(wired);
  initialise();
  input_names.clear();
  output_names.clear();
  for (const SymbolicTensor& input : wiring.inputs()) input_names.push_back(name_or_class(*input.layer()));
  for (const SymbolicTensor& output : wiring.outputs()) {
    output_names.push_back(free_name(output.layer()->name(), output_names));
  }
  is_built = true;
}

void Model::State::build(std::span<const Type> types, const std::string& scope_of_layers) {
  std::vector<SymbolicType> symbolic;
  for (const Type& type : types) {
    if (!type.shape.has_rows())
      throw ShapeError(fmt::format("{}: builds for inputs [rows, ...], got {}", name, type.str()));
    symbolic.push_back(symbolic_type(type));
  }
  build(symbolic, scope_of_layers);
}

void Model::State::check_input(const SymbolicType& own, const SymbolicType& given) const {
  if (own.is_text != given.is_text) {
    throw ShapeError(fmt::format("{}: takes {} {}, got {}", name, own.is_text ? "texts" : "numbers", own.str(),
                                 given.is_text ? "texts" : "numbers"));
  }
  const Type type = given.at(1);
  const bool fits = own.takes(type) || (own.is_text && own.takes_as_column(type));
  if (fits) return;
  throw ShapeError(fmt::format("{}: takes {}, got {}", name, own.has_unknown() ? own.str() : own.at(1).shape.str(),
                               type.shape.str()));
}

void Model::State::build(const std::vector<SymbolicType>& types, const std::string& scope_of_layers) {
  if (is_built) {
    const auto& own = wiring.inputs();
    for (size_t i = 0; i < own.size() && i < types.size(); ++i) check_input(own[i].type(), types[i]);
    if (own.size() == types.size()) return;
    throw ShapeError(fmt::format("{}: takes {} inputs, got {}", name, own.size(), types.size()));
  }
  if (types.size() != 1) throw ShapeError(fmt::format("{}: takes one input, got {}", name, types.size()));
  if (layers.empty()) throw Error(fmt::format("{}: needs a layer at least, before it is built", name));
  std::vector<LayerPtr> unmade;
  for (const LayerPtr& layer : distinct) {
    if (!layer->is_built()) unmade.push_back(layer);
  }
  try {
    const Use::Making making(*this);
    const LayerPtr first = is_input(layers[0]) ? layers[0] : input_for(types[0]);
    SymbolicTensor x = dynamic_cast<const Input&>(*first);
    check_input(x.type(), types[0]);
    const SymbolicTensor input = x;
    for (const LayerPtr& layer : layers) {
      if (layer == first) continue;
      const std::vector<SymbolicTensor> given = symbolic_call(layer, {x}, {}, scope_of_layers);
      if (given.size() != 1) {
        throw ShapeError(fmt::format("{}: a layer of a Sequential gives one value, \"{}\" gives {}", name,
                                     layer->name(), given.size()));
      }
      x = given[0];
    }
    wire({input}, {x});
  } catch (...) {
    // Weights for an input that does not fit must not wait for the next one.
    for (const LayerPtr& layer : unmade) layer->forget_variables();
    throw;
  }
}

void Model::State::take_wiring(State& other) {
  layers = other.layers;
  distinct = other.distinct;
  wiring = std::move(other.wiring);
  input_names = other.input_names;
  output_names = other.output_names;
  is_built = other.is_built.load();
  optimizer = OptimizerState(compiled.optimizer);
  programs.clear();
}

std::vector<Samples> Model::State::on_host(std::vector<Samples> inputs) const {
  return run_host_calls(wiring, std::move(inputs));
}

Flows Model::State::replay(Recording& recording, const Flows& inputs) const {
  return wiring.replay(inputs, [&](const LayerPtr& layer, const Flows& flows, const CallOptions& options) {
    return recording.apply(layer, flows, options);
  });
}

Trainee Model::State::trainee() const {
  std::vector<std::string> fed_names;
  for (const SymbolicTensor& fed : wiring.fed()) fed_names.push_back(name_or_class(*fed.layer()));
  return {.input_names = std::move(fed_names),
          .output_names = output_names,
          .variables = variables(),
          .scope = scope(),
          .replay = [this](Recording& recording, const Flows& inputs) { return replay(recording, inputs); }};
}

void Model::State::check_outputs(const CompileOptions& options) const {
  const auto check = [&](const std::string& output, const char* what) {
    if (std::ranges::find(output_names, output) != output_names.end()) return;
    throw ValueError(fmt::format("compile: {} for \"{}\", which is no output of {}, only {}", what, excerpt(output),
                                 name, fmt::join(output_names, ", ")));
  };
  for (const auto& [output, loss] : options.losses) check(output, "a loss");
  for (const auto& [output, weight] : options.loss_weights) check(output, "a loss weight");
  for (const auto& [output, metrics] : options.output_metrics) check(output, "metrics");
  for (const auto& [output, metrics] : options.output_weighted_metrics) check(output, "metrics");
}

}  // namespace reel
