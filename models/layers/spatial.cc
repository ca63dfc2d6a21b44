#include "reel/models/layers/spatial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/ops/ops.h"

namespace reel {

PerAxis PerAxis::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_null()) return {};
  const bool is_list = json.is_array() && !json.empty() &&
                       std::ranges::all_of(json, [](const Json& number) { return number.is_number_integer(); });
  if (!is_list && !json.is_number_integer()) {
    throw ValueError(fmt::format("expected a whole number or a list of them, got {}", excerpt_of(json)));
  }
  PerAxis made(0);
  made.numbers_ = is_list ? json.get<std::vector<int64_t>>() : std::vector{json.get<int64_t>()};
  return made;
}

Config PerAxis::config() const { return *this ? config_of(numbers_) : Config(); }

void PerAxis::spread(int axes) {
  if (numbers_.size() == 1) numbers_.assign(static_cast<size_t>(axes), numbers_[0]);
}

void PerAxis::check(int axes, int64_t least, std::string_view what) const {
  const bool fits =
      (numbers_.size() == 1 || numbers_.size() == static_cast<size_t>(axes)) &&
      std::ranges::all_of(numbers_, [&](int64_t number) { return number >= least && number <= Shape::kMaxSize; });
  if (fits) return;
  throw ValueError(
      fmt::format("{} must be {} or more, one or {} of them, got [{}]", what, least, axes, fmt::join(numbers_, ", ")));
}

void data_format_field(Fields& f, std::string& data_format) {
  f("data_format", data_format, {"channels_last", "channels_first"});
}

Var to_images(Var x, int axes, std::string_view data_format, std::string_view layer) {
  if (x.shape().rank() != axes + 2) {
    throw ShapeError(fmt::format("{}: needs [rows, {}channels], got {}", layer,
                                 axes == 1 ? "steps, " : "height, width, ", x.shape().str()));
  }
  if (data_format == "channels_first") x = moveaxis(x, 1, -1);
  return axes == 1 ? reshape(x, x.shape().with_inserted(1, 1)) : x;
}

Var from_images(Var y, int axes, std::string_view data_format) {
  if (axes == 1) y = reshape(y, y.shape().without_axis(1));
  return data_format == "channels_first" ? moveaxis(y, -1, 1) : y;
}

WindowAxes window_axes(const WindowOptions& options, int axes, const Shape& images, std::string_view layer) {
  WindowAxes all;
  for (int axis = 0; axis < axes; ++axis) {
    const int image_axis = axis + 3 - axes;
    const int64_t extent = images[image_axis];
    WindowAxis& made = all[static_cast<size_t>(image_axis) - 1];
    made = {.size = options.size[axis], .stride = options.strides[axis], .dilation = options.dilation[axis]};
    const int64_t reach = (made.size - 1) * made.dilation;
    if (options.padding == "same") {
      const int64_t windows = (extent + made.stride - 1) / made.stride;
      const int64_t total = std::max<int64_t>((windows - 1) * made.stride + reach + 1 - extent, 0);
      made.before = total / 2;
      made.after = total - made.before;
    } else if (options.padding == "causal") {
      made.before = reach;
    }
    if (made.count(extent) < 1) {
      throw ShapeError(fmt::format("{}: a window of {} with dilation {} does not fit in {} elements of {}", layer,
                                   made.size, made.dilation, extent, images.str()));
    }
  }
  return all;
}

void check_windows(const WindowOptions& options, int axes, bool may_be_causal, const std::string& layer) {
  options.size.check(axes, 1, layer + ": kernel_size");
  options.strides.check(axes, 1, layer + ": strides");
  options.dilation.check(axes, 1, layer + ": dilation_rate");
  bool strides = false, dilates = false;
  for (int axis = 0; axis < axes; ++axis) {
    strides = strides || options.strides[axis] > 1;
    dilates = dilates || options.dilation[axis] > 1;
  }
  if (strides && dilates) {
    throw ValueError(fmt::format("{}: strides above 1 and a dilation_rate above 1 do not go together", layer));
  }
  const std::string& padding = options.padding;
  if (padding == "valid" || padding == "same" || (may_be_causal && padding == "causal")) return;
  throw ValueError(fmt::format("{}: padding must be \"valid\"{} \"same\"{}, got \"{}\"", layer,
                               may_be_causal ? "," : " or", may_be_causal ? " or \"causal\"" : "", padding));
}

}  // namespace reel
