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

constexpr int64_t kSmallModel = 1 << 20;

struct Note {
  std::string name;
  const ZooModel* zoo = nullptr;  ///< null for a name of none
  ZooConfig config;
  std::vector<std::string> words, classes;
};

const json& entry_of(const json& note, const char* key, bool (json::*is_expected)() const, const char* expected) {
  const auto entry = note.is_object() ? note.find(key) : note.end();
  if (entry == note.end()) throw DataError(fmt::format("it has no \"{}\"", key));
  if (((*entry).*is_expected)()) return *entry;
  throw DataError(fmt::format("\"{}\" is of type {}, expected {}", key, entry->type_name(), expected));
}

/// The texts under `key`, behind those that are there; none where there is no such key.
std::vector<std::string> texts_in(const json& note, const char* key, std::vector<std::string> texts = {}) {
  if (!note.contains(key)) return {};
  for (const json& text : entry_of(note, key, &json::is_array, "an array of words")) {
    if (!text.is_string()) {
      throw DataError(fmt::format("word {} of \"{}\" is of type {}", texts.size(), key, text.type_name()));
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

ZooValue value_in(const json& value, const ZooOption& option) {
  const bool is_word = option.kind == ZooOption::Kind::word;
  if (is_word ? !value.is_string() : !value.is_number()) {
    throw DataError(
        fmt::format("\"{}\" is of type {}, expected {}", option.name, value.type_name(), option.expected()));
  }
  const std::string text = is_word ? value.get<std::string>() : value.dump();
  try {
    return option.parse(text);
  } catch (const ValueError&) {
    throw DataError(fmt::format("\"{}\" is {}, expected {}", option.name, excerpt(text), option.expected()));
  }
}

/// What the options are set to. Before there were any, sizes stood in the note itself.
ZooConfig config_in(const json& note, const ZooModel& zoo) {
  ZooConfig config = zoo.config();
  const json none = json::object();
  const json& options = note.contains("options") ? entry_of(note, "options", &json::is_object, "an object") : none;
  for (const auto& [name, value] : options.items()) {
    if (zoo.option(name) == nullptr) throw DataError(fmt::format("{} has no option \"{}\"", zoo.name, excerpt(name)));
  }
  for (const ZooOption& option : zoo.options) {
    const std::string name(option.name);
    const bool was_in_note = name == "features" || name == "encoding_size";
    const json& from = options.contains(name) || !was_in_note ? options : note;
    if (from.contains(name)) config.values[name] = value_in(from[name], option);
  }
  return config;
}

Note parse_note(const std::string& text, MemoryBudget& budget) {
  check_json_cost(text, "reel.json", budget);
  const json note = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (note.is_discarded()) throw DataError("it is no JSON");
  Note out;
  out.name = entry_of(note, "model", &json::is_string, "the name of a model").get<std::string>();
  out.zoo = find_zoo_model(out.name);
  if (out.zoo == nullptr) return out;
  out.config = config_in(note, *out.zoo);
  out.words = texts_in(note, "vocabulary", {""});  // ranks begin at 1
  out.classes = texts_in(note, "classes");
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

Model build(const Note& note, const std::string& path) {
  try {
    return note.zoo->build(note.config);
  } catch (const ValueError& error) {
    throw DataError(
        fmt::format("{}: its note (reel.json) is of a larger model than its weights: {}", path, error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: its note (reel.json) is damaged: {}", path, error.what()));
  }
}

/// Such weights predict nothing but NaN.
void check_finite(const std::string& path, const Model& model) {
  for (const auto& [name, tensor] : model.weights()) {
    const int64_t bad = find_nonfinite(tensor.raw(), tensor.dtype(), tensor.size());
    if (bad < 0) continue;
    throw DataError(fmt::format("{}: weight \"{}\" {} holds {} at element {}, expected finite numbers", path, name,
                                tensor.shape().str(), tensor.at(bad), bad));
  }
}

SavedModel load_noted(const NotedFile& file, const std::string& path) {
  Note note = note_of(file, path);
  if (note.zoo == nullptr) {
    throw DataError(fmt::format("{}: belongs to \"{}\", which is no model of this zoo", path, excerpt(note.name)));
  }
  Model model = build(note, path);
  file.layers ? load_weights_in(model, *file.layers, {}, path) : model.load_weights(path);
  check_finite(path, model);
  return {*note.zoo, {std::move(model), std::move(note.config), std::move(note.words), std::move(note.classes)}};
}

}  // namespace

void check_model_path(const std::string& path) {
  if (model_file(path) != ModelFile::none) return;
  const std::string why = misnamed(path, kNpzKind);
  if (why.empty()) return;
  throw UsageError(fmt::format("{}: expected NAME.keras, .h5, .weights.h5, .npz or .safetensors, got {}",
                               printable(path), kind_of_name(path)));
}

nlohmann::ordered_json options_json(const ZooModel& zoo, const ZooConfig& config) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const ZooOption& option : zoo.options) {
    const std::string name(option.name);
    const ZooValue& value = config.values.at(name);
    switch (option.kind) {
      case ZooOption::Kind::whole: json[name] = static_cast<int64_t>(value.number); break;
      case ZooOption::Kind::real: json[name] = value.number; break;
      case ZooOption::Kind::word: json[name] = value.word; break;
    }
  }
  return json;
}

void save_model(const std::string& path, const ZooModel& zoo, const ZooTrained& trained) {
  json note = {{"model", zoo.name}, {"options", options_json(zoo, trained.config)}};
  if (!trained.words.empty()) note["vocabulary"] = std::vector(trained.words.begin() + 1, trained.words.end());
  if (!trained.classes.empty()) note["classes"] = trained.classes;
  const std::string text = note.dump(-1, ' ', false, json::error_handler_t::replace);
  model_file(path) == ModelFile::whole ? trained.model.save(path, text) : trained.model.save_weights(path, text);
}

SavedModel load_model(const std::string& path) { return load_noted(read_noted(path), path); }

AnyModel load_any_model(const std::string& path) {
  zoo_models();  // which registers layers of the zoo's own
  NotedFile file = read_noted(path);
  const bool is_whole = file.layers && file.layers->has_model();
  return {is_whole ? model_in(*file.layers, file.bytes, path) : load_noted(file, path).trained.model,
          std::move(file.note)};
}

std::variant<SavedModel, AnyModel> load_text_model(const std::string& path) {
  NotedFile file = read_noted(path);
  if (!file.layers || !file.layers->has_model() || zoo_model_in(file.note).zoo != nullptr)
    return load_noted(file, path);
  return AnyModel{model_in(*file.layers, file.bytes, path), std::move(file.note)};
}

void save_any_model(const std::string& path, const AnyModel& any) {
  model_file(path) == ModelFile::whole ? any.model.save(path, any.note) : any.model.save_weights(path, any.note);
}

NotedModel zoo_model_in(const std::string& note) {
  if (note.empty()) return {};
  MemoryBudget budget("reel.json", note.size());
  try {
    Note parsed = parse_note(note, budget);
    return {parsed.zoo, std::move(parsed.config)};
  } catch (const DataError&) {
    return {};
  }
}

}  // namespace reel::cli
