#include "reel/models/formats/png.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"

namespace reel {
namespace {

void check_type(const Tensor& tensor, int rank, const char* op, const char* expected) {
  if (!tensor || tensor.dtype() != DType::f32 || tensor.shape().rank() != rank || tensor.size() == 0) {
    throw ShapeError(fmt::format("{}: expected {}, got {}", op, expected, tensor.type().str()));
  }
}

png_byte gray_level(float value) {
  if (std::isnan(value)) return 0;
  return static_cast<png_byte>(std::lround(std::clamp(value, 0.0f, 1.0f) * 255.0f));
}

/// `count` extents with gaps between them.
int64_t side_of_grid(int64_t count, int64_t extent, int64_t gap) {
  if (gap > Shape::kMaxSize || count > Shape::kMaxSize / (extent + gap)) {
    throw ValueError(fmt::format("image_grid: {} images of {} pixels, {} apart, are too many", count, extent, gap));
  }
  return count * extent + (count - 1) * gap;
}

}  // namespace

void write_png_gray(const std::string& path, const Tensor& image) {
  check_type(image, 2, "write_png_gray", "a non-empty f32[height, width]");
  constexpr int64_t kMaxSide = std::numeric_limits<int32_t>::max() / 4;
  const int64_t height = image.shape()[0], width = image.shape()[1];
  if (height > kMaxSide || width > kMaxSide) {
    throw ShapeError(fmt::format("write_png_gray: {} is too large for a PNG", image.shape().str()));
  }
  std::vector<png_byte> pixels(static_cast<size_t>(image.size()));
  std::transform(image.data<float>().begin(), image.data<float>().end(), pixels.begin(), gray_level);

  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_GRAY;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(height);
  // An upper bound, so that the picture is compressed once and not a second time to learn its size.
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::byte> file(size);
  if (!png_image_write_to_memory(&png, file.data(), &size, 0, pixels.data(), static_cast<png_int_32>(width), nullptr)) {
    throw DataError(fmt::format("{}: cannot write the PNG: {}", path, png.message));
  }
  file.resize(size);
  write_file_atomically(path, file);
}

Tensor image_grid(const Tensor& images, int64_t columns, int64_t gap) {
  check_type(images, 3, "image_grid", "a non-empty f32[n, height, width]");
  if (columns < 1 || gap < 0) {
    throw ValueError(fmt::format("image_grid: expected columns >= 1 and gap >= 0, got {} and {}", columns, gap));
  }
  const int64_t n = images.shape()[0], height = images.shape()[1], width = images.shape()[2];
  const int64_t grid_rows = n / columns + (n % columns != 0 ? 1 : 0);
  const int64_t pitch = side_of_grid(columns, width, gap);
  Tensor grid = Tensor::full({side_of_grid(grid_rows, height, gap), pitch}, 1.0);
  const float* from = images.data<float>().data();
  for (int64_t i = 0; i < n; ++i) {
    float* corner = grid.data<float>().data() + (i / columns) * (height + gap) * pitch + (i % columns) * (width + gap);
    for (int64_t y = 0; y < height; ++y, from += width) std::copy_n(from, width, corner + y * pitch);
  }
  return grid;
}

}  // namespace reel
