// Windows and what folds them, against loops over all of their elements.
#include "ops/op_rows.h"
#include "reel/ops/windows.h"

namespace reel::testing {
namespace {

constexpr WindowAxes kPlain = {{{.size = 2}, {.size = 3}}};
constexpr WindowAxes kPadded = {{{.size = 3, .stride = 2, .before = 1, .after = 1}, {.size = 2, .after = 1}}};
constexpr WindowAxes kDilated = {
    {{.size = 2, .dilation = 2, .before = 1}, {.size = 2, .stride = 2, .dilation = 2, .after = 2}}};

/// Calls f(element of the image or -1, element of the windows) for all elements of all windows.
template <class F>
void for_each_element(const WindowAxes& axes, int64_t images, const std::vector<int64_t>& image, F&& f) {
  const int64_t height = image[1], width = image[2], channels = image[3];
  int64_t at = 0;
  for (int64_t n = 0; n < images; ++n) {
    for (int64_t y = 0; y < axes[0].count(height); ++y) {
      for (int64_t x = 0; x < axes[1].count(width); ++x) {
        for (int64_t i = 0; i < axes[0].size; ++i) {
          for (int64_t j = 0; j < axes[1].size; ++j) {
            for (int64_t c = 0; c < channels; ++c, ++at) {
              const int64_t line = y * axes[0].stride + i * axes[0].dilation - axes[0].before;
              const int64_t column = x * axes[1].stride + j * axes[1].dilation - axes[1].before;
              const bool is_there = line >= 0 && line < height && column >= 0 && column < width;
              f(is_there ? ((n * height + line) * width + column) * channels + c : -1, at);
            }
          }
        }
      }
    }
  }
}

std::vector<int64_t> dims_of_windows(const WindowAxes& axes, const std::vector<int64_t>& image) {
  return {image[0], axes[0].count(image[1]), axes[1].count(image[2]), axes[0].size, axes[1].size, image[3]};
}

Array windows_of(const Arrays& x, const WindowAxes& axes, double padding) {
  Array y = Array::zeros(dims_of_windows(axes, x[0].dims));
  for_each_element(axes, x[0].dims[0], x[0].dims, [&](int64_t from, int64_t to) {
    y.values[static_cast<size_t>(to)] = from < 0 ? padding : x[0].values[static_cast<size_t>(from)];
  });
  return y;
}

Array folded(const Arrays& x, const WindowAxes& axes, int64_t height, int64_t width) {
  Array y = Array::zeros({x[0].dims[0], height, width, x[0].dims[5]});
  y.scale.assign(y.values.size(), 0);
  for_each_element(axes, y.dims[0], y.dims, [&](int64_t to, int64_t from) {
    if (to < 0) return;
    y.values[static_cast<size_t>(to)] += x[0].values[static_cast<size_t>(from)];
    y.scale[static_cast<size_t>(to)] += std::abs(x[0].values[static_cast<size_t>(from)]);
  });
  return y;
}

void add(std::vector<OpRow>& table, const WindowAxes& axes, double padding) {
  const std::vector<Sample> images = {{{rows, 5, 4, 3}}, {{rows, 3, 7, 1}}, {{2, 4, 4, 2}}};
  table.push_back({"windows", [=](Vars x) { return windows(x[0], axes, padding); }, images,
                   [=](const Arrays& x) { return windows_of(x, axes, padding); }});
  const int64_t down = axes[0].count(5), across = axes[1].count(4);
  table.push_back({"fold_windows",
                   [=](Vars x) { return fold_windows(x[0], axes, 5, 4); },
                   {{{rows, down, across, axes[0].size, axes[1].size, 3}}},
                   [=](const Arrays& x) { return folded(x, axes, 5, 4); },
                   2});
}

}  // namespace

void add_windows(std::vector<OpRow>& table) {
  add(table, kPlain, 0);
  add(table, kPadded, -2);
  add(table, kDilated, 0);
}

}  // namespace reel::testing
