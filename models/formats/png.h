// Pictures: a tensor of grey values as a PNG file.
#pragma once

#include <cstdint>
#include <string>

#include "reel/graph/tensor.h"

namespace reel {

/// Writes `image`, f32 [height, width], as an 8-bit grey PNG: 0 is black, 1 white, values outside are clamped and NaN
/// is black. The file is replaced as a whole or not at all. Throws ShapeError for another type or an empty image,
/// DataError when writing fails.
void write_png_gray(const std::string& path, const Tensor& image);

/// The images, f32 [n, height, width], row by row in a grid of `columns`, `gap` white pixels apart; unused places are
/// white. Returns f32 [r * height + (r - 1) * gap, columns * width + (columns - 1) * gap] with r = ceil(n / columns).
/// Throws ShapeError for another type or no images, ValueError for columns < 1, gap < 0, and for so many columns or
/// pixels between them that no tensor holds the grid.
Tensor image_grid(const Tensor& images, int64_t columns, int64_t gap);

}  // namespace reel
