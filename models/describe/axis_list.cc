#include "reel/models/describe/axis_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {

Config AxisList::config() const { return is_list_ ? config_of(axes_) : config_of(axes_.front()); }

AxisList AxisList::from_config(const Config& config) {
  const Json& json = json_of(config);
  const bool is_list =
      json.is_array() && std::ranges::all_of(json, [](const Json& axis) { return axis.is_number_integer(); });
  if (!is_list && !json.is_number_integer()) {
    throw ValueError(fmt::format("expected an axis or a list of axes, got {}", excerpt_of(json)));
  }
  AxisList axes{};
  axes.axes_ = is_list ? json.get<std::vector<int64_t>>() : std::vector{json.get<int64_t>()};
  axes.is_list_ = is_list;
  return axes;
}

std::vector<int64_t> AxisList::of(const Shape& shape, std::string_view what) const {
  std::vector<int64_t> found;
  for (const int64_t axis : axes_) {
    const int64_t from_front = axis < 0 ? axis + shape.rank() : axis;
    if (from_front < 0 || from_front >= shape.rank() || std::ranges::find(found, from_front) != found.end()) {
      throw ShapeError(fmt::format("{}: axes of {} are each in [{}, {}) and differ, got {}", what, shape.str(),
                                   -shape.rank(), shape.rank(), config().str()));
    }
    found.push_back(from_front);
  }
  return found;
}

}  // namespace reel
