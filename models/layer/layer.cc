#include "reel/models/layer/layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/graph/warning.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"
#include "reel/models/describe/policy_field.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
struct Layer::Core {
  std::string name, scope, path;
  bool name_is_given = false, is_trainable = true;
  std::vector<Variable> variables;
  std::vector<LayerPtr> inner;
  std::vector<Type> built_for;
  const Layer* built = nullptr;  // the object whose members know the variables
  std::optional<int64_t> seed;
  Variable seed_variable;
  Regularizer activity_regularizer;
  UseCount use_count;
  std::vector<std::weak_ptr<const LayerCall>> calls;
  std::weak_ptr<Layer> object;  // what stands for the layer in lists
  LayerPtr::Copy copy = nullptr;
};

Layer::Layer() : core_(std::make_shared<Core>()) {}
Layer::~Layer() = default;

void Layer::build_many(std::span<const Type> inputs) { build(inputs[0]); }

Var Layer::call(Call&, Var) const {
  throw Error(fmt::format("{}: a layer overrides one of call, call_masked and call_many", class_name()));
}

Flow Layer::call_masked(Call& of, Flow input) const {
  const Var value = call(of, input.value);
  if (!input.mask || supports_masking()) return {value, input.mask};
  warn(fmt::format(
      "layer \"{}\" ({}) was given a mask, does not support masking, and so ends it; what follows takes all "
      "steps as valid",
      excerpt(name_or_class(*this)), class_name()));
  return {value};
}

Flows Layer::call_many(Call& of, const Flows& inputs) const {
  if (inputs.size() != 1) throw ShapeError(fmt::format("{}: takes one input, got {}", class_name(), inputs.size()));
  return {call_masked(of, inputs[0])};
}

void Layer::name_field(Fields& f) {
  struct Name final : Field {
    explicit Name(Layer& of) : layer(of) {}
    Config get() const override { return config_of(name_or_class(layer)); }
    void set(const Config& value) override {
      std::string name;
      if (!json_of(value).is_null() && !is_text(value, name)) {
        throw ValueError(fmt::format("expected text, got {}", excerpt_of(json_of(value))));
      }
      layer.set_default_name(name);
    }
    Layer& layer;
  };
  f.as("name", Name(*this));
}

void Layer::trainable_fields(Fields& f, std::string_view dtype) {
  bool is_trainable = core_->is_trainable;
  f("trainable", is_trainable);
  if (is_trainable != core_->is_trainable) set_trainable(is_trainable);
  f.as("dtype", PolicyField(dtype));
}

void Layer::all_fields(Fields& f) {
  name_field(f);
  trainable_fields(f);
  f.written_if(static_cast<bool>(core_->activity_regularizer), "activity_regularizer", core_->activity_regularizer);
  fields(f);
}

const std::string& Layer::name() const { return core_->name; }

void Layer::set_name(const std::string& name) {
  core_->name = name;
  if (!core_->built_for.empty()) set_scope(core_->scope);
}

void Layer::set_scope(const std::string& scope) const {
  const auto joined = [](const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "/" + name;
  };
  const std::string old_path = core_->path;
  core_->scope = scope;
  core_->path = joined(scope, core_->name);
  for (Variable& variable : core_->variables) variable.set_path(joined(core_->path, variable.name()));
  if (core_->seed_variable) core_->seed_variable.set_path(joined(core_->path, "seed_generator/seed_generator_state"));
  for (const LayerPtr& inner : core_->inner) {
    if (!old_path.empty() && inner->core_->scope == old_path) inner->set_scope(core_->path);
  }
}

void Layer::set_default_name(const std::string& name) {
  if (name.empty()) return;
  set_name(name);
  core_->name_is_given = true;
}

bool Layer::Trainable::operator()() const { return layer_->core_->is_trainable; }

Layer::Trainable& Layer::Trainable::operator=(bool is_trainable) {
  layer_->set_trainable(is_trainable);
  return *this;
}

void Layer::set_trainable(bool is_trainable) const {
  core_->is_trainable = is_trainable;
  for (Variable& variable : core_->variables) variable.freeze(!is_trainable);
  for (const LayerPtr& inner : core_->inner) inner->set_trainable(is_trainable);
}

std::vector<Variable> Layer::variables() const {
  std::vector<Variable> all = core_->variables;
  if (core_->seed_variable) all.push_back(core_->seed_variable);
  for (const LayerPtr& inner : core_->inner) {
    for (const Variable& variable : inner->variables()) {
      if (std::ranges::find(all, variable) == all.end()) all.push_back(variable);
    }
  }
  return all;
}

std::vector<Variable> Layer::weights() const {
  std::vector<Variable> all = variables();
  std::erase_if(all, [](const Variable& variable) {
    return variable.kind() == VariableKind::seed || variable.kind() == VariableKind::state;
  });
  return all;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& weight : weights()) {
    if (!weight.value())
      throw Error(fmt::format("get_weights: {} has no values yet; a model makes them", weight.path()));
    values.push_back(weight.value().clone());
  }
  return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) const {
  const std::vector<Variable> own = weights();
  if (values.size() != own.size()) {
    throw ShapeError(
        fmt::format("set_weights: layer \"{}\" has {} weights, got {}", name(), own.size(), values.size()));
  }
  for (size_t i = 0; i < own.size(); ++i) own[i].check_assignable(values[i], "set_weights");
  for (size_t i = 0; i < own.size(); ++i) Variable(own[i]).assign(values[i]);
}

std::vector<Variable> Layer::own_variables() const {
  std::vector<Variable> own = core_->variables;
  std::erase_if(own, [](const Variable& variable) { return variable.kind() == VariableKind::state; });
  std::ranges::stable_partition(own, [](const Variable& variable) { return variable.kind() == VariableKind::weight; });
  return own;
}

std::vector<Layer::Attribute> Layer::attributes() const {
  std::vector<Attribute> all;
  for (const LayerPtr& layer : core_->inner) all.push_back({layer->name(), layer});
  return all;
}

std::vector<Tensor> Layer::save_own_variables() const {
  std::vector<Tensor> values;
  for (const Variable& variable : own_variables()) values.push_back(variable.value().clone());
  return values;
}

void Layer::load_own_variables(const std::vector<Tensor>& values) {
  const std::vector<Variable> own = own_variables();
  if (values.size() != own.size()) {
    throw ShapeError(
        fmt::format("layer \"{}\": has {} variables of its own, got {}", excerpt(path()), own.size(), values.size()));
  }
  for (size_t i = 0; i < own.size(); ++i) own[i].check_assignable(values[i], "load");
  for (size_t i = 0; i < own.size(); ++i) Variable(own[i]).assign(values[i]);
}

int64_t Layer::count_params() const {
  int64_t count = 0;
  for (const Variable& weight : weights()) count += weight.shape().size();
  return count;
}

void Layer::set_activity_regularizer(const Regularizer& regularizer) { core_->activity_regularizer = regularizer; }
const Regularizer& Layer::activity_regularizer() const { return core_->activity_regularizer; }
void Layer::activity_regularizer_field(Fields& f) { f("activity_regularizer", core_->activity_regularizer); }

const std::vector<LayerPtr>& Layer::inner_layers() const { return core_->inner; }
bool Layer::is_built() const { return core_->built == this; }
std::span<const Type> Layer::built_for() const { return core_->built_for; }
const std::string& Layer::path() const { return core_->path; }
UseCount& Layer::use_count() const { return core_->use_count; }

std::vector<std::shared_ptr<const LayerCall>> Layer::symbolic_calls() const {
  std::vector<std::shared_ptr<const LayerCall>> alive;
  for (const auto& call : core_->calls) {
    if (auto locked = call.lock()) alive.push_back(std::move(locked));
  }
  return alive;
}

void Layer::note_call(const std::shared_ptr<const LayerCall>& call) const {
  std::erase_if(core_->calls, [](const auto& known) { return known.expired(); });
  core_->calls.push_back(call);
}

void Layer::build_once(std::span<const Type> inputs, const std::string& scope) const {
  if (core_->built == this) return;
  if (core_->built_for.empty()) {
    set_scope(scope);
    core_->built_for.assign(inputs.begin(), inputs.end());
  }
  try {
    const_cast<Layer*>(this)->build_many(core_->built_for);  // only now are its members known
  } catch (...) {
    forget_variables();
    throw;
  }
  core_->built = this;
}

void Layer::forget_variables() const {
  core_->variables.clear();
  core_->built_for.clear();
  core_->seed_variable = {};
  core_->built = nullptr;
  for (const LayerPtr& inner : core_->inner) inner->forget_variables();
}

void Layer::hold(const LayerPtr& layer) const {
  std::vector<LayerPtr>& inner = core_->inner;
  if (std::ranges::find(inner, layer) != inner.end()) return;
  std::vector<std::string> taken;
  for (const LayerPtr& held : inner) taken.push_back(held->name());
  if (layer->name().empty()) layer->set_name(free_name(name_or_class(*layer), taken));
  if (!core_->is_trainable) layer->set_trainable(false);
  inner.push_back(layer);
}

Variable Layer::add_weight(const std::string& name, const Shape& shape, Initializer initializer,
                           const VariableOptions& options) {
  // A copy of a layer that is built has to find what there is: its members are those of before.
  for (const Variable& known : core_->variables) {
    if (known.name() == name && known.shape() == shape) return known;
  }
  Variable made(name, shape, std::move(initializer), options);
  made.set_path(core_->path.empty() ? name : core_->path + "/" + name);
  made.freeze(!core_->is_trainable);
  core_->variables.push_back(made);
  return made;
}

LayerPtr Layer::add_layer(const LayerPtr& made) {
  for (LayerPtr& known : core_->inner) {
    if (known->name() != made->name()) continue;
    if (known->built_for().empty()) known = made;  // of a build that failed, perhaps for other inputs
    return known;
  }
  hold(made);
  return made;
}

void Layer::share_weight(const Variable& variable) {
  if (std::ranges::find(core_->variables, variable) == core_->variables.end()) core_->variables.push_back(variable);
}

void Layer::set_seed(std::optional<int64_t> seed) { core_->seed = seed; }

Variable Layer::seed_variable() const {
  Variable& seed = core_->seed_variable;
  if (!seed) {
    seed = Variable("seed_generator_state", {2}, "zeros", {.kind = VariableKind::seed, .dtype = DType::i32});
    seed.set_path((core_->path.empty() ? "" : core_->path + "/") + "seed_generator/seed_generator_state");
    if (core_->seed) {
      seed.set_value(Tensor::of<int32_t>({static_cast<int32_t>(static_cast<uint32_t>(*core_->seed)), 0}));
    }
  }
  return seed;
}

LayerPtr LayerPtr::known(const Layer& layer) {
  LayerPtr found;
  found.layer_ = layer.core_->object.lock();
  return found;
}

void LayerPtr::adopt(std::shared_ptr<Layer> layer, Copy copy) {
  if (!layer) throw ValueError("layer: expected a layer, got a null pointer");
  layer_ = layer->core_->object.lock();
  if (layer_) return;
  layer->core_->object = layer;
  layer->core_->copy = copy;
  layer_ = std::move(layer);
}

LayerPtr LayerPtr::clone() const {
  const Layer::Core& core = *layer_->core_;
  const std::shared_ptr<Layer> copy = core.copy(*layer_);
  if (!copy)
    throw Error(fmt::format("layer \"{}\": made of a pointer to Layer, it cannot be cloned", name_or_class(*layer_)));
  copy->core_ = std::make_shared<Layer::Core>();
  if (core.name_is_given) copy->set_default_name(core.name);
  copy->core_->is_trainable = core.is_trainable;
  copy->core_->seed = core.seed;
  copy->core_->activity_regularizer = core.activity_regularizer;
  clone_fields(*copy);
  LayerPtr made;
  made.adopt(copy, core.copy);
  return made;
}

Described& LayerPtr::described() const { return *layer_; }

}  // namespace reel
