#include "tools/saved_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reel/graph/error.h"
#include "reel/models/formats/weights_file.h"

namespace reel::cli {
namespace {

using nlohmann::json;

constexpr int64_t kMostFeatures = 1 << 24;

struct Note {
  std::string model;
  ZooConfig config;
  std::vector<std::string> words;
};

int64_t count_in(const json& note, const char* key) {
  const auto count = note.at(key).get<int64_t>();
  if (count < 1 || count > kMostFeatures) throw DataError(fmt::format("{} is {}", key, count));
  return count;
}

Note read_note(const std::string& path) {
  const std::string text = read_weights_file(path).note;
  if (text.empty()) {
    throw DataError(fmt::format("{}: does not say which model it belongs to; \"reel-zoo train --save\" does", path));
  }
  try {
    const json note = json::parse(text);
    Note out;
    out.model = note.at("model").get<std::string>();
    out.config.features = count_in(note, "features");
    out.config.encoding_size = count_in(note, "encoding_size");
    if (note.contains("vocabulary")) {
      out.words = {""};  // ranks begin at 1
      for (const json& word : note.at("vocabulary")) out.words.push_back(word.get<std::string>());
    }
    return out;
  } catch (const json::exception& error) {
    throw DataError(fmt::format("{}: its note (reel.json) is damaged: {}", path, error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: its note (reel.json) is damaged: {}", path, error.what()));
  }
}

/// Such weights predict nothing but NaN.
void check_finite(const std::string& path, const Sequential& sequential) {
  for (const auto& [name, tensor] : sequential.weights()) {
    const std::span<const float> values = tensor.data<float>();
    const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (bad != values.end()) {
      throw DataError(fmt::format("{}: weight \"{}\" {} holds {} at element {}, expected finite numbers", path, name,
                                  tensor.shape().str(), *bad, bad - values.begin()));
    }
  }
}

}  // namespace

void save_model(const std::string& path, const ZooModel& model, const ZooConfig& config, const ZooData& data,
                const Sequential& sequential) {
  json note = {{"model", model.name}, {"features", config.features}, {"encoding_size", config.encoding_size}};
  if (!data.words.empty()) note["vocabulary"] = std::vector(data.words.begin() + 1, data.words.end());
  sequential.save_weights(path, note.dump(-1, ' ', false, json::error_handler_t::replace));
}

SavedModel load_model(const std::string& path) {
  Note note = read_note(path);
  const ZooModel* model = find_zoo_model(note.model);
  if (model == nullptr) {
    throw DataError(fmt::format("{}: belongs to \"{}\", which is no model of this zoo", path, note.model));
  }
  Sequential sequential = model->build(note.config);
  sequential.load_weights(path);
  check_finite(path, sequential);
  return {*model, std::move(sequential), std::move(note.words)};
}

}  // namespace reel::cli
