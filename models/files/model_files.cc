// What a model writes to files and reads from them: which kind, by the extension or by the first bytes.
#include "reel/models/files/model_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/warning.h"
#include "reel/models/describe/json.h"
#include "reel/models/files/legacy_weights.h"
#include "reel/models/files/state_tree.h"
#include "reel/models/files/torch_weights.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/memory_budget.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/model/model_state.h"
#include "reel/models/training/compile_config.h"

namespace reel {

namespace {

constexpr const char *kOptimizerWeights = "optimizer_weights", *kOptimizer = "optimizer";

/// What a recurrence's weight was called before cells had names: "lstm/kernel" for "lstm/lstm_cell/kernel".
std::string without_cell(const std::string& name) {
  const size_t end = name.rfind("_cell/"), begin = end == name.npos ? end : name.rfind('/', end);
  return begin == name.npos ? name : name.substr(0, begin) + name.substr(end + std::string_view("_cell").size());
}

bool is_compiled(const CompileOptions& options) { return options.loss || !options.losses.empty(); }

/// The optimizer's variables go on from a file's. A file of before the first step has no more than its first two, one
/// of Keras 2 no learning rate; others are told, and left.
void load_optimizer(const Model& model, std::vector<Tensor> values, const std::string& source) {
  std::vector<Variable> own = model.optimizer_variables();
  if (values.size() + 1 == own.size())
    std::erase_if(own, [](const Variable& v) { return v.kind() == VariableKind::rate; });
  if (values.size() < own.size() && values.size() <= 2) own.resize(values.size());
  bool fits = values.size() == own.size();
  for (size_t i = 0; fits && i < own.size(); ++i) {
    values[i] = values[i].cast(own[i].type().dtype);
    fits = values[i].shape() == own[i].shape();
  }
  if (!fits) {
    return warn(fmt::format("{}: holds {} values of an optimizer, which are not those of {}; it begins anew", source,
                            values.size(), model.compile_options().optimizer.name()));
  }
  for (size_t i = 0; i < own.size(); ++i) own[i].assign(values[i]);
}

/// Weights, and the optimizer's variables if the model is compiled.
void load_content(const Model& model, const KerasFile& file, const LoadWeightsOptions& options,
                  const std::string& source) {
  const Hdf5Group* weights = &file.state;
  if (const Hdf5Group* within = file.is_legacy ? file.state.find(kModelWeights) : nullptr) weights = within;
  if (file.is_legacy)
    load_legacy_weights(model, *weights, options, source);
  else
    load_state(model, *weights, file.vocabularies, source);
  const Hdf5Group* optimizer = file.state.find(file.is_legacy ? kOptimizerWeights : kOptimizer);
  if (optimizer == nullptr || !is_compiled(model.compile_options())) return;
  load_optimizer(model, file.is_legacy ? legacy_values(*optimizer, source) : saved_values(*optimizer), source);
}

/// The values of an archive or a list of arrays, in the order of the model's weights.
std::vector<Tensor> values_for(const Model& model, const NamedTensors& tensors, const LoadWeightsOptions& options,
                               const std::string& path) {
  std::vector<Tensor> values;
  for (const auto& [name, own] : model.weights()) {
    const auto found = std::ranges::find_if(tensors, [&name = name](const auto& entry) {
      return entry.first == name || entry.first == without_cell(name);
    });
    if (found == tensors.end()) {
      if (!options.by_name)
        throw DataError(fmt::format("{}: has no weight \"{}\", which the model needs", path, excerpt(name)));
      values.push_back(own);
      continue;
    }
    if (own && !(own.type() == found->second.type())) {
      throw ShapeError(fmt::format("{}: weight \"{}\" is {} in the file, the model needs {}", path, excerpt(name),
                                   found->second.type().str(), own.type().str()));
    }
    values.push_back(found->second);
  }
  if (!options.by_name && tensors.size() != values.size()) {
    throw DataError(fmt::format("{}: holds {} weights, the model has {}", path, tensors.size(), values.size()));
  }
  return values;
}

/// Of a model whose weights are in a file of so many bytes, however they are packed.
int64_t most_parameters(uint64_t file_bytes) {
  return static_cast<int64_t>(std::min<uint64_t>(memory_bound(file_bytes) / sizeof(float), Shape::kMaxSize));
}

/// What a model without an InputLayer was built for.
Type input_type_of(const Config& model, const std::string& path) {
  const Json &json = json_of(model), none;
  const Json& built = json.contains("build_config") ? json["build_config"] : none;
  const Json& shape = built.is_object() && built.contains("input_shape") ? built["input_shape"] : none;
  const auto is_extent = [](const Json& extent) { return extent.is_number_integer(); };
  if (!shape.is_array() || shape.empty() || !std::all_of(shape.begin() + 1, shape.end(), is_extent))
    throw DataError(fmt::format("{}: does not say what its model takes", path));
  std::vector<int64_t> extents{rows};
  for (size_t i = 1; i < shape.size(); ++i) extents.push_back(shape[i].get<int64_t>());
  return {DType::f32, Shape(extents)};
}

/// Of a file's config. What is not known is told with the file, and without all that is.
Model model_of(const Config& config, const ModelOptions& options, const std::string& path) {
  constexpr size_t kMostTold = 300;
  try {
    Model model = Model::from_config(config, options);
    if (model.inputs().empty()) model.build(input_type_of(config, path));
    return model;
  } catch (const ValueError& error) {
    throw ValueError(fmt::format("{}: {}", path, excerpt(error.what(), kMostTold)));
  }
}

KerasFile content_of(const Model& model, bool is_legacy) {
  KerasFile file;
  file.model = LayerPtr(model).config();
  file.is_legacy = is_legacy;
  const CompileOptions& compiled = model.compile_options();
  const std::vector<Variable> optimizer = is_compiled(compiled) ? model.optimizer_variables() : std::vector<Variable>{};
  if (is_compiled(compiled)) file.compiled = compile_config(compiled, model.output_names());
  if (is_legacy) {
    save_legacy_weights(model, file.state.groups[kModelWeights]);
    if (!optimizer.empty()) save_legacy_variables(optimizer, file.state.groups[kOptimizerWeights]);
  } else {
    save_state(model, file.state, file.vocabularies);
    if (!optimizer.empty()) save_variables(optimizer, compiled.optimizer.name(), file.state.groups[kOptimizer]);
  }
  return file;
}

}  // namespace

void Model::save(const std::string& path, const std::string& note) const {
  const Use use(state_, "save", Use::kTrains);
  use->need_built("save");
  if (model_file(path) != ModelFile::whole)
    throw ValueError(fmt::format("save: expected a path NAME.keras or NAME.h5, got {}", excerpt(path)));
  KerasFile file = content_of(*this, path.ends_with(".h5"));
  if (file.is_legacy && has_vocabulary(*this))
    warn(fmt::format("{}: a .h5 does not keep vocabularies that layers have learned; a .keras does", path));
  file.note = note;
  write_file_atomically(path, write_keras_file(file));
}

Model model_in(const KerasFile& file, uint64_t file_bytes, const std::string& path, const ModelOptions& options) {
  if (!file.has_model())
    throw DataError(fmt::format("{}: holds weights alone; make the model, and load_weights", path));
  ModelOptions bounded = options;
  bounded.most_parameters = std::min(bounded.most_parameters, most_parameters(file_bytes));
  Model model = model_of(file.model, bounded, path);
  if (!json_of(file.compiled).is_null()) {
    try {
      model.compile(reel::compile_options(file.compiled, model.output_names()));
    } catch (const ValueError& error) {
      warn(fmt::format("{}: {}; compile the model to train it", path, error.what()));
    }
  }
  load_content(model, file, {}, path);
  return model;
}

Model Model::load(const std::string& path, const ModelOptions& options) {
  const std::vector<std::byte> bytes = read_file(path);
  return model_in(read_keras_file(bytes, path), bytes.size(), path, options);
}

void load_weights_in(Model& model, const KerasFile& file, const LoadWeightsOptions& options, const std::string& path) {
  const std::vector<Tensor> before = model.get_weights();
  try {
    load_content(model, file, options, path);
  } catch (...) {
    model.set_weights(before);
    throw;
  }
}

void Model::save_weights(const std::string& path, const std::string& note) const {
  const bool with_optimizer = path.ends_with(".weights.h5");
  const Use use(state_, "save_weights", with_optimizer ? Use::kTrains : Use::kLooks);
  if (weights().empty()) throw Error(fmt::format("save_weights: {} has no weights, or is not built yet", name()));
  if (with_optimizer) {
    Hdf5Group root = content_of(*this, false).state;
    if (!note.empty()) root.texts[kNoteName] = note;
    return write_file_atomically(path, write_hdf5(root));
  }
  const WeightsInUse ours(use->distinct);
  const std::string why = model_file(path) == ModelFile::weights ? std::string() : misnamed(path, kNpzKind);
  if (!why.empty()) throw ValueError(fmt::format("save_weights: {}: {}", path, why));
  write_weights_file(path, weights(), note);
}

void Model::load_weights(const std::string& path, const LoadWeightsOptions& options) {
  const Use use(state_, "load_weights", Use::kTrains);
  if (weights().empty()) throw Error(fmt::format("load_weights: {} has no weights, or is not built yet", name()));
  const std::vector<std::byte> bytes = read_file(path);
  if (!holds_layers(bytes)) {
    const NamedTensors tensors = parse_weights_file(bytes, path).tensors;
    return set_weights(options.torch ? torch_weights(*this, tensors, path) : values_for(*this, tensors, options, path));
  }
  load_weights_in(*this, read_keras_file(bytes, path), options, path);
}

}  // namespace reel
