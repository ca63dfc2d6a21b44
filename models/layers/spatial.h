// What layers over sequences and images have in common: arguments by axis, where the channels are, and how windows lie.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/describe/fields.h"
#include "reel/ops/windows.h"

namespace reel {

/// A whole number for each axis of an image, or one for all of them: `3`, `{3, 5}`; or none.
class PerAxis {
 public:
  PerAxis() = default;
  PerAxis(int64_t number) : numbers_{number} {}
  PerAxis(std::initializer_list<int64_t> numbers) : numbers_(numbers) {}
  /// From a number, a list of them or null. Throws ValueError for anything else.
  static PerAxis from_config(const Config& config);
  /// A list, as Keras writes it, or null.
  Config config() const;
  explicit operator bool() const { return !numbers_.empty(); }

  /// One for all becomes one for each of so many axes.
  void spread(int axes);
  int64_t operator[](int axis) const { return numbers_[numbers_.size() == 1 ? 0 : static_cast<size_t>(axis)]; }
  size_t size() const { return numbers_.size(); }
  /// Throws ValueError, which begins with `what`, unless it has a number of `least` or more for each of so many axes.
  void check(int axes, int64_t least, std::string_view what) const;

 private:
  std::vector<int64_t> numbers_;
};

/// Where the channels of values are: behind the axes of the image, "channels_last", or before, "channels_first".
void data_format_field(Fields& f, std::string& data_format);

/// A value [rows, steps, channels] or [rows, height, width, channels], with channels where `data_format` says, as
/// images [rows, height, width, channels], in which a sequence has a height of 1; and the reverse. Throws ShapeError,
/// naming the layer, for a value of another number of axes than `axes` besides rows and channels.
Var to_images(Var x, int axes, std::string_view data_format, std::string_view layer);
Var from_images(Var y, int axes, std::string_view data_format);

/// How windows of a size lie in images: of a sequence's, along the width.
struct WindowOptions {
  PerAxis size = 1, strides = 1, dilation = 1;
  std::string padding = "valid";  ///< or "same": as many windows as strides; "causal": none sees what comes after it
};
/// Those of a kernel of this size, as the options of convolutions say it.
template <class Options>
WindowOptions windows_of(const PerAxis& size, const Options& options) {
  return {.size = size, .strides = options.strides, .dilation = options.dilation_rate, .padding = options.padding};
}
/// Throws ValueError, naming the layer, for what kernels' windows cannot be: sizes that are not positive, strides
/// together with dilation, and padding of another name.
void check_windows(const WindowOptions& options, int axes, bool may_be_causal, const std::string& layer);
/// Throws ShapeError, naming the layer, where no window fits in the images.
WindowAxes window_axes(const WindowOptions& options, int axes, const Shape& images, std::string_view layer);

}  // namespace reel
