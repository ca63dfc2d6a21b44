#include "reel/models/files/torch_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/ops/eager.h"

namespace reel {
namespace {

/// The parameters of a module by their names.
struct Module {
  std::string name;
  std::map<std::string, Tensor> parts;

  const Tensor* find(const std::string& part) const {
    const auto found = parts.find(part);
    return found == parts.end() ? nullptr : &found->second;
  }
  const Tensor& at(const std::string& part) const {
    if (const Tensor* found = find(part)) return *found;
    throw DataError(fmt::format("module \"{}\" has no {}", excerpt(name), part));
  }
};

/// "weight_ih_l1_reverse" -> {"weight_ih", "_l1_reverse"}; of the first level "_l0" is left out.
std::pair<std::string, std::string> without_level(const std::string& part) {
  const size_t level = part.rfind("_l");
  const bool has_level = level != part.npos && level + 2 < part.size() && std::isdigit(part[level + 2]) != 0;
  if (!has_level) return {part, ""};
  return {part.substr(0, level), part.substr(level) == "_l0" ? "" : part.substr(level)};
}

/// By the name of the module, and of its level: "lstm", "lstm_l1", "lstm_l0_reverse".
std::map<std::string, Module> modules_of(const NamedTensors& state_dict) {
  std::map<std::string, Module> modules;
  for (const auto& [name, value] : state_dict) {
    const size_t dot = name.rfind('.');
    const auto [part, level] = without_level(dot == name.npos ? name : name.substr(dot + 1));
    if (part == "num_batches_tracked") continue;
    const std::string module = (dot == name.npos ? std::string() : name.substr(0, dot)) + level;
    Module& found = modules[module];
    found.name = module;
    found.parts.emplace(part, value);
  }
  return modules;
}

/// [out, in, ...] -> [..., in, out]
Tensor turned(const Tensor& x) {
  switch (x.ndim()) {
    case 2: return transpose(x, {1, 0});
    case 3: return transpose(x, {2, 1, 0});
    case 4: return transpose(x, {2, 3, 1, 0});
    default: throw DataError(fmt::format("expected a weight [out, in, ...] of 2 to 4 axes, got {}", x.shape().str()));
  }
}

/// Thirds r, z, n along axis 0 as z, r, n.
Tensor gates_of_gru(const Tensor& x) {
  const int64_t third = x.shape()[0] / 3;
  return concatenate({x[{third, 2 * third}], x[{0, third}], x[{2 * third, 3 * third}]}, 0);
}

using Values = std::vector<Tensor>;

Values with_bias(Tensor kernel, const Module& module) {
  Values values{std::move(kernel)};
  if (const Tensor* bias = module.find("bias")) values.push_back(*bias);
  return values;
}

Values matrix(const Module& module) { return with_bias(turned(module.at("weight")), module); }
Values table(const Module& module) { return {module.at("weight")}; }
Values scaling(const Module& module) { return with_bias(module.at("weight"), module); }

Values normalization(const Module& module) {
  return {module.at("weight"), module.at("bias"), module.at("running_mean"), module.at("running_var")};
}

Values recurrence(const Module& module) {
  Values values{turned(module.at("weight_ih")), turned(module.at("weight_hh"))};
  if (module.find("bias_ih") != nullptr) values.push_back(module.at("bias_ih") + module.at("bias_hh"));
  return values;
}

Values gru(const Module& module) {
  Values values{turned(gates_of_gru(module.at("weight_ih"))), turned(gates_of_gru(module.at("weight_hh")))};
  if (module.find("bias_ih") != nullptr)
    values.push_back(
        concatenate({gates_of_gru(module.at("bias_ih")), gates_of_gru(module.at("bias_hh"))}, 0).reshape({2, -1}));
  return values;
}

struct Counterpart {
  std::string_view layer;
  Values (*values)(const Module&);
};
constexpr Counterpart kCounterparts[] = {{"Dense", matrix},
                                         {"Conv1D", matrix},
                                         {"Conv2D", matrix},
                                         {"Embedding", table},
                                         {"LayerNormalization", scaling},
                                         {"BatchNormalization", normalization},
                                         {"SimpleRNN", recurrence},
                                         {"LSTM", recurrence},
                                         {"GRU", gru}};

bool is_known(const LayerPtr& layer) {
  return std::ranges::find(kCounterparts, layer->class_name(), &Counterpart::layer) != std::end(kCounterparts);
}

/// A layer with weights, and the name of its module.
struct Match {
  LayerPtr layer;
  std::string module;
};

/// The layers of models within one by one, and of a Bidirectional both directions.
void gather(const std::vector<LayerPtr>& layers, std::vector<Match>& all) {
  for (const LayerPtr& layer : layers) {
    const std::string& name = layer->name();
    if (layer->weights().empty()) continue;
    if (layer->class_name() == "Bidirectional") {
      const bool has_level = !without_level(name).second.empty();
      const std::vector<Layer::Attribute> ways = layer->attributes();
      all.push_back({ways[0].layer, name});
      all.push_back({ways[1].layer, name + (has_level ? "_reverse" : "_l0_reverse")});
    } else if (!is_known(layer) && !layer->inner_layers().empty()) {
      gather(layer->inner_layers(), all);
    } else {
      all.push_back({layer, name});
    }
  }
}

Values values_of(const LayerPtr& layer, const Module& module) {
  const auto found = std::ranges::find(kCounterparts, layer->class_name(), &Counterpart::layer);
  if (found == std::end(kCounterparts))
    throw DataError(fmt::format("PyTorch's counterpart of a {} is not known", layer->class_name()));
  Values values = found->values(module);
  const std::vector<Variable> own = layer->weights();
  if (values.size() != own.size()) {
    throw DataError(
        fmt::format("module \"{}\" has {} weights, expected {}", excerpt(module.name), values.size(), own.size()));
  }
  for (size_t i = 0; i < own.size(); ++i) {
    if (values[i].shape() == own[i].shape()) continue;
    throw DataError(fmt::format("module \"{}\" gives {} {}, expected {}", excerpt(module.name), own[i].name(),
                                values[i].shape().str(), own[i].shape().str()));
  }
  return values;
}

}  // namespace

std::vector<Tensor> torch_weights(const Model& model, const NamedTensors& state_dict, std::string_view source) {
  std::map<std::string, Module> modules = modules_of(state_dict);
  std::vector<Match> matches;
  gather(model.layers(), matches);
  std::vector<Tensor> all;
  for (const auto& [layer, module] : matches) {
    const auto found = modules.find(module);
    if (found == modules.end()) {
      throw DataError(fmt::format("{}: has no module \"{}\", which layer \"{}\" needs", source, excerpt(module),
                                  excerpt(layer->name())));
    }
    try {
      for (Tensor& value : values_of(layer, found->second)) all.push_back(std::move(value));
    } catch (const Error& error) {
      throw DataError(fmt::format("{}: layer \"{}\": {}", source, excerpt(layer->name()), error.what()));
    }
    modules.erase(found);
  }
  if (modules.empty()) return all;
  throw DataError(fmt::format("{}: has a module \"{}\", and the model no layer of that name", source,
                              excerpt(modules.begin()->first)));
}

}  // namespace reel
