// What a model writes to files and reads from them.
#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/model/model_state.h"

namespace reel {

namespace {

/// What a recurrence's weight was called before cells had names: "lstm/kernel" for "lstm/lstm_cell/kernel".
std::string without_cell(const std::string& name) {
  const size_t end = name.rfind("_cell/"), begin = end == name.npos ? end : name.rfind('/', end);
  return begin == name.npos ? name : name.substr(0, begin) + name.substr(end + std::string_view("_cell").size());
}

}  // namespace

void Model::save_weights(const std::string& path, const std::string& note) const {
  const Use use(state_, "save_weights", Use::kLooks);
  if (weights().empty()) throw Error(fmt::format("save_weights: {} has no weights, or is not built yet", name()));
  const std::string why = misnamed(path, kNpzKind);
  if (!why.empty()) throw ValueError(fmt::format("save_weights: {}: {}", path, why));
  const WeightsInUse ours(use->distinct);
  write_weights_file(path, weights(), note);
}

void Model::load_weights(const std::string& path) {
  const Use use(state_, "load_weights", Use::kTrains);
  if (weights().empty()) throw Error(fmt::format("load_weights: {} has no weights, or is not built yet", name()));
  const WeightsFile file = read_weights_file(path);
  std::vector<Tensor> values;
  for (const auto& [name, own] : weights()) {
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(), [&name = name](const auto& entry) {
      return entry.first == name || entry.first == without_cell(name);
    });
    if (found == file.tensors.end())
      throw DataError(fmt::format("{}: has no weight \"{}\", which the model needs", path, excerpt(name)));
    if (own && !(own.type() == found->second.type())) {
      throw ShapeError(fmt::format("{}: weight \"{}\" is {} in the file, the model needs {}", path, excerpt(name),
                                   found->second.type().str(), own.type().str()));
    }
    values.push_back(found->second);
  }
  if (!values.empty() && file.tensors.size() != values.size()) {
    throw DataError(fmt::format("{}: holds {} weights, the model has {}", path, file.tensors.size(), values.size()));
  }
  set_weights(values);
}

}  // namespace reel
