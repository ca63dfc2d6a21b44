#include "tools/saved_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "reel/graph/error.h"
#include "reel/graph/finite.h"
#include "reel/models/files/model_files.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/json_cost.h"
#include "reel/models/formats/read_file.h"
#include "tools/arguments.h"

namespace reel::cli {
namespace {

using nlohmann::json;

constexpr int64_t kMostFeatures = 1 << 24, kSmallModel = 1 << 20;

struct Note {
  std::string model;
  ZooConfig config;
  std::vector<std::string> words;
};

const json& entry_of(const json& note, const char* key, bool (json::*is_expected)() const, const char* expected) {
  const auto entry = note.is_object() ? note.find(key) : note.end();
  if (entry == note.end()) throw DataError(fmt::format("it has no \"{}\"", key));
  if (((*entry).*is_expected)()) return *entry;
  throw DataError(fmt::format("\"{}\" is of type {}, expected {}", key, entry->type_name(), expected));
}

int64_t count_in(const json& note, const char* key) {
  const auto count = entry_of(note, key, &json::is_number_integer, "a whole number").get<int64_t>();
  if (count >= 1 && count <= kMostFeatures) return count;
  throw DataError(fmt::format("\"{}\" is {}, expected 1 to {}", key, count, kMostFeatures));
}

/// Words by rank, which begins at 1.
std::vector<std::string> words_in(const json& note) {
  if (!note.contains("vocabulary")) return {};
  std::vector<std::string> words = {""};
  for (const json& word : entry_of(note, "vocabulary", &json::is_array, "an array of words")) {
    if (!word.is_string()) {
      throw DataError(fmt::format("word {} of \"vocabulary\" is of type {}", words.size(), word.type_name()));
    }
    words.push_back(word.get<std::string>());
  }
  return words;
}

Note parse_note(const std::string& text, MemoryBudget& budget) {
  check_json_cost(text, "reel.json", budget);
  const json note = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (note.is_discarded()) throw DataError("it is no JSON");
  Note out;
  out.model = entry_of(note, "model", &json::is_string, "the name of a model").get<std::string>();
  out.config.features = count_in(note, "features");
  out.config.encoding_size = count_in(note, "encoding_size");
  out.words = words_in(note);
  return out;
}

/// The note in a file, and how many weights it can hold at most.
struct NotedFile {
  std::string note;
  uint64_t bytes;
  int64_t weights = 0;
  std::optional<KerasFile> layers = {};  // what a file of Keras's holds, read once
};

NotedFile read_noted(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  if (holds_layers(bytes)) {
    KerasFile file = read_keras_file(bytes, path);
    std::string note = file.note;
    return {std::move(note), bytes.size(), static_cast<int64_t>(bytes.size() / sizeof(float)), std::move(file)};
  }
  const WeightsFile file = parse_weights_file(bytes, path);
  NotedFile noted{file.note, file.bytes};
  for (const auto& [name, tensor] : file.tensors) noted.weights += tensor.size();
  return noted;
}

Note note_of(const NotedFile& file, const std::string& path) {
  if (file.note.empty()) {
    throw DataError(fmt::format("{}: does not say which model it belongs to; \"reel-zoo train --save\" does", path));
  }
  MemoryBudget budget("reel.json", file.bytes);
  try {
    Note note = parse_note(file.note, budget);
    // Sizes in the note are believed as far as there are weights for them, or as they cost little.
    note.config.most_parameters = std::max(file.weights, kSmallModel);
    return note;
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: its note (reel.json) is damaged: {}", path, error.what()));
  }
}

Sequential build(const ZooModel& model, const ZooConfig& config, const std::string& path) {
  try {
    return model.build(config);
  } catch (const ValueError& error) {
    throw DataError(
        fmt::format("{}: its note (reel.json) is of a larger model than its weights: {}", path, error.what()));
  }
}

/// Such weights predict nothing but NaN.
void check_finite(const std::string& path, const Sequential& sequential) {
  for (const auto& [name, tensor] : sequential.weights()) {
    const int64_t bad = find_nonfinite(tensor.raw(), tensor.dtype(), tensor.size());
    if (bad < 0) continue;
    throw DataError(fmt::format("{}: weight \"{}\" {} holds {} at element {}, expected finite numbers", path, name,
                                tensor.shape().str(), tensor.at(bad), bad));
  }
}

SavedModel load_noted(const NotedFile& file, const std::string& path) {
  Note note = note_of(file, path);
  const ZooModel* model = find_zoo_model(note.model);
  if (model == nullptr) {
    throw DataError(fmt::format("{}: belongs to \"{}\", which is no model of this zoo", path, excerpt(note.model)));
  }
  Sequential sequential = build(*model, note.config, path);
  file.layers ? load_weights_in(sequential, *file.layers, {}, path) : sequential.load_weights(path);
  check_finite(path, sequential);
  return {*model, std::move(sequential), std::move(note.words)};
}

}  // namespace

void check_model_path(const std::string& path) {
  if (model_file(path) != ModelFile::none) return;
  const std::string why = misnamed(path, kNpzKind);
  if (why.empty()) return;
  throw UsageError(fmt::format("{}: expected NAME.keras, .h5, .weights.h5, .npz or .safetensors, got {}",
                               printable(path), kind_of_name(path)));
}

void save_model(const std::string& path, const ZooModel& model, const ZooConfig& config, const ZooData& data,
                const Sequential& sequential) {
  json note = {{"model", model.name}, {"features", config.features}, {"encoding_size", config.encoding_size}};
  if (!data.words.empty()) note["vocabulary"] = std::vector(data.words.begin() + 1, data.words.end());
  const std::string text = note.dump(-1, ' ', false, json::error_handler_t::replace);
  model_file(path) == ModelFile::whole ? sequential.save(path, text) : sequential.save_weights(path, text);
}

SavedModel load_model(const std::string& path) { return load_noted(read_noted(path), path); }

AnyModel load_any_model(const std::string& path) {
  NotedFile file = read_noted(path);
  const bool is_whole = file.layers && file.layers->has_model();
  return {is_whole ? model_in(*file.layers, file.bytes, path) : load_noted(file, path).sequential,
          std::move(file.note)};
}

std::variant<SavedModel, AnyModel> load_text_model(const std::string& path) {
  NotedFile file = read_noted(path);
  if (!file.layers || !file.layers->has_model() || !model_named_in(file.note).empty()) return load_noted(file, path);
  return AnyModel{model_in(*file.layers, file.bytes, path), std::move(file.note)};
}

void save_any_model(const std::string& path, const AnyModel& any) {
  model_file(path) == ModelFile::whole ? any.model.save(path, any.note) : any.model.save_weights(path, any.note);
}

std::string model_named_in(const std::string& note) {
  MemoryBudget budget("reel.json", note.size());
  try {
    return note.empty() ? std::string() : parse_note(note, budget).model;
  } catch (const DataError&) {
    return {};
  }
}

}  // namespace reel::cli
