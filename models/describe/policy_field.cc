#include "reel/models/describe/policy_field.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {

Config PolicyField::get() const {
  return config_of(
      {{"module", "keras"}, {"class_name", "DTypePolicy"}, {"config", {{"name", name}}}, {"registered_name", nullptr}});
}

void PolicyField::set(const Config& value) {
  const Json& json = json_of(value);
  const bool is_object = json.is_object() && json.contains("config") && json["config"].is_object();
  const Json given = is_object ? json["config"].value("name", Json()) : json;
  if (given.is_null() || given == "float32" || given == name) return;
  throw ValueError(fmt::format(
      "expected \"float32\", in which layers compute; mixed precision and other types are not supported; got {}",
      excerpt_of(given)));
}

}  // namespace reel
