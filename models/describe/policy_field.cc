#include "reel/models/describe/policy_field.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {

Config PolicyField::get() const {
  return config_of({{"module", "keras"},
                    {"class_name", "DTypePolicy"},
                    {"config", {{"name", "float32"}}},
                    {"registered_name", nullptr}});
}

void PolicyField::set(const Config& value) {
  const Json& json = json_of(value);
  const bool is_object = json.is_object() && json.contains("config") && json["config"].is_object();
  const Json name = is_object ? json["config"].value("name", Json()) : json;
  if (name.is_null() || name == "float32") return;
  throw ValueError(fmt::format(
      "expected \"float32\", in which layers compute; mixed precision and other types are not supported; got {}",
      excerpt_of(name)));
}

}  // namespace reel
