// The JSON in a Config, for the sources that read and write it. No public header includes this.
#pragma once

#include <nlohmann/json.hpp>

#include "reel/models/describe/config.h"

namespace reel {

using Json = nlohmann::ordered_json;

struct ConfigJson {
  Json value;

  static const Json& of(const Config& config);
  static Config made(Json value) { return Config(std::make_shared<const ConfigJson>(ConfigJson{std::move(value)})); }
};

inline const Json& json_of(const Config& config) { return ConfigJson::of(config); }
inline Config config_of(Json value) { return ConfigJson::made(std::move(value)); }

/// The value as messages tell it: on one line, not more than a few words.
std::string excerpt_of(const Json& value);

}  // namespace reel
