#include "reel/models/describe/family.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"

namespace reel {

Config serialized(const Described& object, std::string_view module) {
  const std::string class_name = object.class_name();
  if (class_name.empty()) {
    throw ValueError(
        "a function has no config: make it a class with fields, named \"package>Name\", and register that");
  }
  const std::string_view name = without_package(class_name);
  const bool is_keras = name.size() == class_name.size();
  Json json;
  const std::string own_module = object.module();
  json["module"] = !is_keras ? Json() : own_module.empty() ? Json(module) : Json(own_module);
  json["class_name"] = name;
  json["config"] = json_of(fields_of(object));
  // Keras says the names of what stands in its inner modules.
  const bool is_registered = !is_keras || own_module.starts_with("keras.src");
  json["registered_name"] = is_registered ? Json(class_name) : Json();
  return config_of(std::move(json));
}

Serialized parse_serialized(std::string_view what, const Config& config) {
  const Json& json = json_of(config);
  const auto text = [&](const char* key) -> std::string {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (!json.is_object() || text("class_name").empty()) {
    throw ValueError(fmt::format("{}: expected a name or an object with \"class_name\" and \"config\", got {}", what,
                                 excerpt_of(json)));
  }
  const std::string registered = text("registered_name");
  const bool is_users = without_package(registered).size() < registered.size();
  const auto arguments = json.find("config");
  return {is_users ? registered : text("class_name"),
          arguments == json.end() ? config_of(Json::object()) : config_of(*arguments)};
}

bool is_text(const Config& config, std::string& text) {
  const Json& json = json_of(config);
  if (json.is_string()) text = json.get<std::string>();
  return json.is_string();
}

std::string_view without_package(std::string_view class_name) {
  const size_t end = class_name.find('>');
  return end == class_name.npos ? class_name : class_name.substr(end + 1);
}

void check_package(std::string_view what, std::string_view class_name) {
  const std::string_view name = without_package(class_name);
  if (!name.empty() && name.size() + 1 < class_name.size()) return;
  throw ValueError(
      fmt::format("{}: a class of one's own is named \"package>Name\", got \"{}\"", what, excerpt(class_name)));
}

}  // namespace reel
