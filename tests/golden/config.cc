#include <fmt/format.h>

#include "golden/config.h"
#include "golden/report.h"
#include "reel/graph/error.h"

namespace reel::golden {
namespace {

const Json kNull;

}  // namespace

Config::Config(const std::string& owner, const Json& values) : owner_(owner), values_(values) {
  if (!values.is_object()) throw DataError(fmt::format("{}: its config is no object", owner));
}

const Json& Config::take(const std::string& name) {
  taken_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() ? kNull : *found;
}

int64_t Config::integer(const std::string& name) {
  const Json& value = take(name);
  if (!value.is_number_integer()) throw DataError(fmt::format("{}: its config has no integer \"{}\"", owner_, name));
  return value.get<int64_t>();
}

void Config::need(const std::string& name, const Json& only) {
  const Json& value = take(name);
  if (!value.is_null() && value != only) {
    throw Unsupported(fmt::format("{}: {} = {}", owner_, name, value.dump()));
  }
}

void Config::ignore(std::initializer_list<const char*> names) {
  for (const char* name : names) taken_.insert(name);
}

void Config::common() {
  ignore({"name", "trainable"});
  const Json& dtype = take("dtype");
  const bool policy = dtype.is_object() && dtype.contains("config");
  const Json& name = policy ? dtype["config"].value("name", kNull) : dtype;
  if (!name.is_null() && name != "float32") throw Unsupported(fmt::format("{}: dtype = {}", owner_, name.dump()));
}

void Config::finish() const {
  for (const auto& [name, value] : values_.items()) {
    const bool off = value.is_null() || value == false;
    if (!off && !taken_.contains(name)) throw Unsupported(fmt::format("{}: {} = {}", owner_, name, value.dump()));
  }
}

}  // namespace reel::golden
