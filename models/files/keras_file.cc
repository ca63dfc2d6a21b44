#include "reel/models/files/keras_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/warning.h"
#include "reel/models/describe/json.h"
#include "reel/models/files/keras2_config.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/json_cost.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

constexpr std::string_view kVersion = "3.15.1";  // of the Keras whose files these are
constexpr std::string_view kConfig = "config.json", kMetadata = "metadata.json", kNote = "reel.json",
                           kWeights = "model.weights.h5", kAssets = "assets/", kVocabulary = "/vocabulary.txt";
constexpr const char *kVersionKey = "keras_version", *kModelConfig = "model_config", *kCompiled = "compile_config",
                     *kTrainingConfig = "training_config";

Json parsed(std::string_view text, const std::string& source) {
  MemoryBudget budget(source, text.size());
  check_json_cost(text, source, budget);
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw DataError(fmt::format("{}: is no JSON", source));
  return json;
}

/// Policies and types of mixed precision become float32; which ones is told.
class Precision {
 public:
  void change(Json& json) {
    if (json.is_array()) {
      for (Json& one : json) change(one);
      return;
    }
    if (!json.is_object()) return;
    for (auto& [key, value] : json.items()) {
      if (key == "dtype" || key == "name") change_name(value, key == "name" && !is_policy(json));
      change(value);
    }
  }
  void tell(const std::string& source) const {
    if (changed_.empty()) return;
    std::string names;
    for (const std::string& name : changed_) names += (names.empty() ? "" : ", ") + name;
    warn(fmt::format("{}: made for {}, is computed in float32", source, names));
  }

 private:
  /// {"name": "mixed_bfloat16"}, all that such a policy's config has.
  static bool is_policy(const Json& json) { return json.size() == 1 || json.contains("source_name"); }
  void change_name(Json& value, bool is_other_name) {
    static const std::set<std::string> kHalf{"mixed_float16", "mixed_bfloat16", "float16", "bfloat16"};
    if (is_other_name || !value.is_string() || !kHalf.contains(value.get<std::string>())) return;
    changed_.insert(value.get<std::string>());
    value = "float32";
  }

  std::set<std::string> changed_;
};

/// What a file holds, as Keras 3 would write it.
KerasFile made(Json model, Json compiled, Hdf5Group state, bool is_legacy, bool is_old, const std::string& source) {
  Precision precision;
  precision.change(model);
  precision.tell(source);
  if (compiled.empty()) compiled = Json();  // {} of a model that was not compiled
  Config config = config_of(std::move(model)), of_compile = config_of(std::move(compiled));
  try {
    if (is_old && !json_of(config).is_null()) config = from_keras2(config);
    if (is_old || is_legacy) of_compile = upgraded_compile_config(of_compile);
  } catch (const ValueError& error) {
    throw DataError(fmt::format("{}: {}", source, error.what()));
  }
  return {config, of_compile, std::move(state), {}, is_legacy, {}};
}

/// Those of "assets/layers/text_vectorization/vocabulary.txt" and the like, by "layers/text_vectorization".
std::map<std::string, std::string> vocabularies_of(std::span<const ZipEntry> entries, uint64_t archive_bytes,
                                                   const std::string& source) {
  constexpr uint64_t kLineBytes = 256;  // of memory, that a token takes in a layer's tables beside its characters
  MemoryBudget budget(source, archive_bytes);
  std::map<std::string, std::string> all;
  for (const ZipEntry& entry : entries) {
    std::string_view place = entry.name;
    if (!place.starts_with(kAssets) || !place.ends_with(kVocabulary)) continue;
    const std::string_view lines = text_of(entry.bytes);
    budget.take(4 * lines.size() + kLineBytes * static_cast<uint64_t>(1 + std::ranges::count(lines, '\n')));
    place.remove_prefix(kAssets.size());
    place.remove_suffix(std::min(kVocabulary.size(), place.size()));
    all.emplace(place, lines);
  }
  return all;
}

KerasFile read_archive(std::span<const std::byte> bytes, const std::string& source) {
  std::vector<ZipEntry> entries = read_zip(bytes, source);
  const auto text = [&](std::string_view name) {
    const ZipEntry* entry = find_entry(entries, name);
    if (entry == nullptr) throw DataError(fmt::format("{}: expected a Keras model, which has {}", source, name));
    return text_of(entry->bytes);
  };
  Json model = parsed(text(kConfig), fmt::format("{}: {}", source, kConfig));
  const Json metadata = parsed(text(kMetadata), fmt::format("{}: {}", source, kMetadata));
  if (!model.is_object()) throw DataError(fmt::format("{}: {}: expected an object", source, kConfig));
  const ZipEntry* weights = find_entry(entries, kWeights);
  if (weights == nullptr)
    throw DataError(fmt::format("{}: expected {}, got weights in several files", source, kWeights));
  Json compiled = model.contains(kCompiled) ? model[kCompiled] : Json();
  model.erase(kCompiled);
  const bool has_version = metadata.is_object() && metadata.contains(kVersionKey) && metadata[kVersionKey].is_string();
  const bool is_old = has_version && is_keras2(metadata[kVersionKey].get<std::string>());
  KerasFile file =
      made(std::move(model), std::move(compiled),
           read_hdf5(weights->bytes, fmt::format("{}: {}", source, kWeights), bytes.size()), false, is_old, source);
  if (const ZipEntry* note = find_entry(entries, kNote)) file.note = text_of(note->bytes);
  file.vocabularies = vocabularies_of(entries, bytes.size(), source);
  return file;
}

KerasFile read_h5(std::span<const std::byte> bytes, const std::string& source) {
  Hdf5Group root = read_hdf5(bytes, source);
  const auto json = [&](const char* name) {
    const std::string* text = root.text(name);
    return text == nullptr ? Json() : parsed(*text, fmt::format("{}: {}", source, name));
  };
  const bool is_legacy = root.find(kModelWeights) != nullptr || !root.list("layer_names").empty();
  Json model = json(kModelConfig), compiled = json(kTrainingConfig);
  const std::string* version = root.text(kVersionKey);
  const bool is_old = is_legacy && (version == nullptr || is_keras2(*version));
  const std::string* found = root.text(kNoteName);
  std::string note = found == nullptr ? std::string() : *found;
  KerasFile file = made(std::move(model), std::move(compiled), std::move(root), is_legacy, is_old, source);
  file.note = std::move(note);
  return file;
}

std::vector<std::byte> write_archive(const KerasFile& file) {
  Json model = json_of(file.model);
  if (!json_of(file.compiled).is_null()) model[kCompiled] = json_of(file.compiled);
  // No date, so that the same model gives the same bytes.
  const Json metadata{{kVersionKey, kVersion}, {"date_saved", "1980-01-01@00:00:00"}};
  const auto entry = [](std::string_view name, const std::string& text) {
    const auto bytes = bytes_of(text);
    return ZipEntry{std::string(name), {bytes.begin(), bytes.end()}};
  };
  std::vector<ZipEntry> entries{entry(kMetadata, metadata.dump()), entry(kConfig, model.dump()),
                                ZipEntry{std::string(kWeights), write_hdf5(file.state)}};
  for (const auto& [place, lines] : file.vocabularies)
    entries.push_back(entry(fmt::format("{}{}{}", kAssets, place, kVocabulary), lines));
  if (!file.note.empty()) entries.push_back(entry(kNote, file.note));
  return write_zip(entries);
}

/// What .h5 files call {"class_name", "config"}.
Json without_module(const Json& object) { return {{"class_name", object["class_name"]}, {"config", object["config"]}}; }

std::vector<std::byte> write_h5(const KerasFile& file) {
  Hdf5Group root = file.state;
  root.texts[kVersionKey] = kVersion;
  root.texts["backend"] = "reel";
  if (!file.note.empty()) root.texts[kNoteName] = file.note;
  if (!json_of(file.model).is_null()) root.texts[kModelConfig] = without_module(json_of(file.model)).dump();
  if (Json compiled = json_of(file.compiled); !compiled.is_null()) {
    compiled["optimizer_config"] = without_module(compiled["optimizer"]);
    compiled.erase("optimizer");
    root.texts[kTrainingConfig] = compiled.dump();
  }
  return write_hdf5(root);
}

}  // namespace

KerasFile read_keras_file(std::span<const std::byte> bytes, const std::string& source) {
  return kind_of_content(bytes) == kHdf5Kind ? read_h5(bytes, source) : read_archive(bytes, source);
}

std::vector<std::byte> write_keras_file(const KerasFile& file) {
  return file.is_legacy ? write_h5(file) : write_archive(file);
}

}  // namespace reel
