#include "reel/models/formats/png.h"

#include <png.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using testing::TemporaryFolder;

/// The grey levels of a PNG file, and its sides.
struct Picture {
  explicit Picture(const std::string& path) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_file(&png, path.c_str()));
    png.format = PNG_FORMAT_GRAY;
    width = png.width;
    height = png.height;
    levels.resize(PNG_IMAGE_SIZE(png));
    REQUIRE(png_image_finish_read(&png, nullptr, levels.data(), 0, nullptr));
  }

  unsigned width = 0, height = 0;
  std::vector<unsigned char> levels;
};

TEST_CASE("A PNG file holds the image's grey levels", "[formats][png]") {
  const TemporaryFolder folder;
  const std::string path = folder / "image.png";
  write_png_gray(path, Tensor::of({2, 3}, std::vector<float>{0, 1, 0.5f, -3, 7, NAN}));
  const Picture picture(path);
  CHECK(picture.width == 3);
  CHECK(picture.height == 2);
  CHECK(picture.levels == std::vector<unsigned char>{0, 255, 128, 0, 255, 0});
}

TEST_CASE("Only non-empty f32 matrices are pictures", "[formats][png]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_png_gray(folder / "a.png", Tensor::zeros({2, 3, 1})), ShapeError);
  CHECK_THROWS_AS(write_png_gray(folder / "a.png", Tensor::zeros({0, 3})), ShapeError);
  CHECK_THROWS_AS(write_png_gray(folder / "a.png", Tensor::zeros({2, 3}, DType::f64)), ShapeError);
  CHECK_THROWS_AS(write_png_gray(folder / "missing/a.png", Tensor::zeros({2, 3})), DataError);
}

TEST_CASE("image_grid lays images out row by row", "[formats][png]") {
  // Three images of 1 x 2 in two columns, one pixel apart.
  const Tensor grid = image_grid(Tensor::of({3, 1, 2}, std::vector<float>{.1f, .2f, .3f, .4f, .5f, .6f}), 2, 1);
  CHECK(grid.shape() == Shape{3, 5});
  const std::vector<float> expected{.1f, .2f, 1, .3f, .4f, 1, 1, 1, 1, 1, .5f, .6f, 1, 1, 1};
  CHECK(std::vector<float>(grid.data<float>().begin(), grid.data<float>().end()) == expected);
  CHECK(image_grid(Tensor::zeros({4, 2, 2}), 4, 0).shape() == Shape{2, 8});
}

TEST_CASE("image_grid refuses what it cannot lay out", "[formats][png]") {
  CHECK_THROWS_AS(image_grid(Tensor::zeros({4, 4}), 2, 0), ShapeError);
  CHECK_THROWS_AS(image_grid(Tensor::zeros({0, 4, 4}), 2, 0), ShapeError);
  CHECK_THROWS_AS(image_grid(Tensor::zeros({1, 4, 4}), 0, 0), ValueError);
  CHECK_THROWS_AS(image_grid(Tensor::zeros({1, 4, 4}), 1, -1), ValueError);
  const Tensor images = Tensor::ones({64, 16, 4});
  CHECK_THROWS_AS(image_grid(images, int64_t{1} << 62, 0), ValueError);
  CHECK_THROWS_AS(image_grid(images, INT64_MAX, INT64_MAX), ValueError);
  CHECK_THROWS_AS(image_grid(images, 2, INT64_MAX), ValueError);
  CHECK_THROWS_AS(image_grid(images, int64_t{1} << 40, 1), MemoryError);
}

}  // namespace
}  // namespace reel
