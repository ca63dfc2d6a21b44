// Objects that are made of Keras's configs, and must give these again, with keys in the same order.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel::golden {

/// Keys keep the order that they have in the file. Throws DataError for a file that is missing or no JSON.
inline reel::Json read_ordered_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw DataError(path.string() + ": cannot be read");
  try {
    return reel::Json::parse(file);
  } catch (const reel::Json::exception& error) {
    throw DataError(path.string() + ": " + error.what());
  }
}

/// A Made of a case's "keras_class" and "config". Throws Unsupported, with the library's own reason, for what there is
/// not.
template <class Made>
Made made_of(const reel::Json& spec, Case& result) {
  const reel::Json serialised{{"class_name", spec.at("keras_class")}, {"config", spec.at("config")}};
  const Made made = [&] {
    try {
      return Made::from_config(config_of(serialised));
    } catch (const ValueError& error) {
      throw Unsupported(error.what());
    }
  }();
  const reel::Json ours = json_of(made.config());
  const std::string config = ours.at("config").dump(), keras = spec["config"].dump();
  result.check("config", ours.at("class_name") == spec["keras_class"] && config == keras,
               fmt::format("{} and not {}", config, keras));
  return made;
}

}  // namespace reel::golden
