// Model: what its training goes on from.
#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/model/model_config.h"
#include "reel/models/model/model_state.h"
#include "reel/models/training/compile_config.h"
#include "reel/models/training/made_with.h"

namespace reel {
namespace {

/// What the guard knows of the steps before, by which it tells whether an update may write over weights.
constexpr const char *kLargestGradient = "guard/largest_gradient", *kLargestRate = "guard/largest_rate";

/// A name of its own for each: paths of layers and of the optimizer may be the same.
std::string numbered(size_t number, const Variable& variable) { return fmt::format("{}/{}", number, variable.path()); }

/// States of recurrences come to be with the first batch, for its rows.
bool may_be_missing(const Variable& variable) { return variable.kind() == VariableKind::state; }

/// Throws ValueError unless the value may become the variable's.
void check_value(const Variable& variable, const std::string& name, const Tensor& value) {
  const Type& own = may_be_missing(variable) ? variable.type() : variable.value().type();
  const Type given{value.dtype(),
                   own.shape.has_rows() && value.shape().rank() > 0 ? value.shape().with_lead(rows) : value.shape()};
  const bool fits = given == own;
  if (!fits)
    throw ValueError(fmt::format("fit: \"{}\" is {}, got {} to go on from", name, own.str(), value.type().str()));
}

Json passes_left_out(const Passes& passes) {
  Json names = Json::array();
  for (const PassName& pass : kPasses) {
    if (!(passes.*pass.enabled)) names.push_back(pass.name);
  }
  return names;
}

}  // namespace

NamedTensors Model::State::training_variables() {
  NamedTensors all;
  size_t number = 0;
  const auto add = [&](const std::vector<Variable>& variables) {
    for (const Variable& variable : variables) {
      if (variable.value()) all.emplace_back(numbered(number, variable), variable.value().clone());
      ++number;
    }
  };
  add(variables());
  add(optimizer.variables(compiled.optimizer, trained_weights()));
  all.emplace_back(kLargestGradient, optimizer.largest_gradient.clone());
  all.emplace_back(kLargestRate, Tensor::scalar(optimizer.largest_rate, DType::f64));
  return all;
}

void Model::State::set_training_variables(const NamedTensors& values) {
  std::vector<Variable> all = variables();
  for (const Variable& variable : optimizer.variables(compiled.optimizer, trained_weights())) all.push_back(variable);
  const auto found = [&](const std::string& key) {
    const auto at = std::ranges::find(values, key, &NamedTensors::value_type::first);
    return at == values.end() ? Tensor() : at->second;
  };
  std::vector<Tensor> taken;
  size_t count = 2;  // of the guard
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string key = numbered(i, all[i]);
    taken.push_back(found(key));
    if (taken[i]) check_value(all[i], key, taken[i]);
    if (!taken[i] && !may_be_missing(all[i]))
      throw ValueError(fmt::format("fit: \"{}\" is missing to go on from", key));
    count += taken[i] ? 1 : 0;
  }
  const Tensor gradient = found(kLargestGradient), rate = found(kLargestRate);
  if (!gradient || gradient.type() != optimizer.largest_gradient.type() || !rate || rate.type() != gradient.type() ||
      count != values.size()) {
    throw ValueError(fmt::format("fit: expected {} values to go on from, got {} or others", count, values.size()));
  }
  const WeightsInUse ours(distinct, WeightsInUse::For::assigning);
  for (size_t i = 0; i < all.size(); ++i) {
    if (may_be_missing(all[i]))
      all[i].set_value(taken[i] ? taken[i].clone() : Tensor());
    else
      all[i].assign(taken[i]);
  }
  optimizer.largest_gradient.assign(gradient);
  optimizer.largest_rate = rate.item();
  // Configs tell the rate as it is now.
  if (optimizer.rate) compiled.optimizer.set_learning_rate(optimizer.rate.value().item());
}

Config Model::State::made_with() const {
  Json json = Json::object();
  json["layers"] = json_of(config_or_null([&] { return layers_config(*this); }));
  const Config compile = config_or_null([&] { return compile_config(compiled, output_names); });
  if (json_of(compile).is_object()) json.update(json_of(compile));
  json["exclude_from_weight_decay"] = compiled.optimizer.options().exclude_from_weight_decay;
  // What has no config is told apart by what it keeps, at least.
  json["variables"] = Json::array();
  for (const Variable& variable : variables())
    json["variables"].push_back(
        fmt::format("{} {}{}", variable.path(), variable.type().str(), variable.trainable() ? "" : " frozen"));
  json["seed"] = seed;
  json["without"] = passes_left_out(compiled.passes);
  return config_of(std::move(json));
}

}  // namespace reel
