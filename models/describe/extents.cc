#include "reel/models/describe/extents.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

constexpr int64_t kOpen = -1;

}  // namespace

Config Extents::config() const {
  if (extents_.empty()) return config_of(Json());
  Json list = Json::array();
  for (const int64_t extent : extents_) list.push_back(extent < 0 ? Json() : Json(extent));
  return config_of(std::move(list));
}

Extents Extents::from_config(const Config& config) {
  const Json& json = json_of(config);
  Extents read;
  for (const Json& extent : json.is_number() ? Json::array({json}) : json) {
    if (!(json.is_array() || json.is_number()) || !(extent.is_null() || extent.is_number_integer())) {
      throw ValueError(fmt::format("expected null or a list of whole numbers and null, got {}", excerpt_of(json)));
    }
    read.extents_.push_back(extent.is_null() ? kOpen : extent.get<int64_t>());
  }
  return read;
}

}  // namespace reel
