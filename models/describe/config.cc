#include "reel/models/describe/config.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/models/formats/json_cost.h"

namespace reel {

const Json& ConfigJson::of(const Config& config) {
  static const Json null;
  return config.json_ ? config.json_->value : null;
}

std::string excerpt_of(const Json& value) {
  return std::string(excerpt(value.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

Config Config::parse(std::string_view text) {
  MemoryBudget budget("config", text.size());
  check_json_cost(text, "config", budget);
  try {
    return config_of(Json::parse(text));
  } catch (const Json::exception& error) {
    throw ValueError(fmt::format("config: this is no JSON: {}", error.what()));
  }
}

std::string Config::str(int indent) const {
  return json_of(*this).dump(indent, ' ', false, Json::error_handler_t::replace);
}

bool Config::operator==(const Config& other) const {
  // Objects that keep the order of keys compare it, too.
  const auto sorted = [](const Config& config) { return nlohmann::json(json_of(config)); };
  return sorted(*this) == sorted(other);
}

}  // namespace reel
