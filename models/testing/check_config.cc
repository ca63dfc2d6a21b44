#include "reel/models/testing/check_config.h"

#include <fmt/format.h>

#include <string>

#include "reel/models/describe/json.h"

namespace reel {
namespace {

/// The arguments of a serialized object; none of what is a name alone.
const Json& arguments(const Config& object) {
  static const Json none = Json::object();
  const Json& json = json_of(object);
  const auto found = json.find("config");
  return json.is_object() && found != json.end() && found->is_object() ? *found : none;
}

}  // namespace

Config with_argument(const Config& object, std::string_view key, const Config& value) {
  if (!arguments(object).contains(key)) throw ValueError(fmt::format("no argument {} in {}", key, object.str()));
  Json json = json_of(object);
  json["config"][std::string(key)] = json_of(value);
  return config_of(std::move(json));
}

Config number_config(double value) { return config_of(value); }

std::vector<std::string> number_keys(const Config& object, bool with_flags) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : arguments(object).items()) {
    if (value.is_number() || (with_flags && value.is_boolean())) keys.push_back(key);
  }
  return keys;
}

Config with_another(const Config& object, std::string_view key) {
  const Json& value = arguments(object).at(std::string(key));
  if (value.is_boolean()) return with_argument(object, key, config_of(!value.get<bool>()));
  if (value.is_number_integer()) return with_argument(object, key, config_of(value.get<int64_t>() + 1));
  const double number = value.get<double>();
  return with_argument(object, key, config_of(number == 0 ? 0.25 : number / 2));
}

}  // namespace reel
