#include "reel/models/zoo/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "reel/graph/error.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/rows.h"
#include "reel/models/formats/png.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHeldOut = 10, kFewestToSplit = 20;

int64_t bounded(int64_t rows, int64_t limit) { return limit > 0 ? std::min(rows, limit) : rows; }

/// "1 row", "2 rows".
std::string counted(int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

ZooData make_data(std::string_view source, const Tensor& train, const Tensor& validation, const Tensor& held_out) {
  return {.source = fmt::format("{}; {} of {} to train on, {} to validate on, {} held out", source,
                                counted(train.shape()[0], "row"), train.shape()[1], validation.shape()[0],
                                held_out.shape()[0]),
          .x = train,
          .y = train,
          .validation_x = validation,
          .validation_y = validation,
          .held_out_x = held_out,
          .held_out_y = held_out,
          .options = {{"features", train.shape()[1]}}};
}

ZooData load_fashion_mnist(const std::string& folder, const ZooDataOptions& options, int64_t default_rows) {
  const std::vector<std::string> files{fashion_mnist_file(folder, "train-images-idx3-ubyte"),
                                       fashion_mnist_file(folder, "t10k-images-idx3-ubyte")};
  const Tensor all = load_rows(files[0]), test = load_rows(files[1]);
  constexpr int64_t kSide = 28;
  for (const Tensor& part : {all, test}) {
    if (part.shape()[1] != kSide * kSide || part.shape()[0] <= kHeldOut) {
      throw DataError(fmt::format("{}: expected pictures of 28 x 28, got rows {}", folder, part.shape().str()));
    }
  }
  const int64_t rows = bounded(all.shape()[0], options.rows > 0 ? options.rows : default_rows);
  const int64_t validation = bounded(test.shape()[0] - kHeldOut, options.rows);
  ZooData data = make_data("Fashion-MNIST, " + folder, all.slice_rows(0, rows),
                           test.slice_rows(kHeldOut, kHeldOut + validation), test.slice_rows(0, kHeldOut));
  data.files = files;
  data.picture = {kSide, kSide};
  if (options.rows == 0 && rows < all.shape()[0]) {
    options.say(fmt::format("Training on the first {} of {} pictures; --rows {} takes all.", rows, all.shape()[0],
                            all.shape()[0]));
  }
  return data;
}

ZooData split_own_rows(const ZooDataOptions& options) {
  const Tensor all = load_rows(options.path, options.say);
  const int64_t count = all.shape()[0];
  if (all.size() == 0) throw DataError(fmt::format("{}: holds no numbers, only {}", options.path, all.shape().str()));
  if (count < kFewestToSplit) {
    const Tensor some = all.slice_rows(0, bounded(count, options.rows));
    const int64_t used = some.shape()[0];
    ZooData data = make_data(options.path, some, some, some.slice_rows(0, std::min(used, kHeldOut)));
    data.held_out_is_trained = true;
    data.source = fmt::format("{}; {} of {}, too few to split: what is trained on also validates and is shown",
                              options.path, counted(used, "row"), some.shape()[1]);
    return data;
  }
  const int64_t split = count - count / 10;
  return make_data(options.path, all.slice_rows(kHeldOut, kHeldOut + bounded(split - kHeldOut, options.rows)),
                   all.slice_rows(split, split + bounded(count - split, options.rows)), all.slice_rows(0, kHeldOut));
}

ZooData load_own_rows(const ZooDataOptions& options) {
  ZooData data = split_own_rows(options);
  data.files = {options.path};
  return data;
}

/// "10 held-out rows", or "1 row trained on".
std::string shown_rows(const ZooData& data) {
  const int64_t count = data.held_out_x.shape()[0];
  return data.held_out_is_trained ? counted(count, "row") + " trained on" : counted(count, "held-out row");
}

/// Mean of (a - b)^2; b may be a single row, which then stands for each of a's.
double mean_squared_error(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    const double difference = a.at(i) - b.at(i % b.size());
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.size());
}

/// Each pixel as a square of `kScale` x `kScale`: a picture of 28 pixels is a stamp on a screen of today.
Tensor enlarged(const Tensor& picture) {
  constexpr int64_t kScale = 3;
  const int64_t height = picture.shape()[0] * kScale, width = picture.shape()[1] * kScale;
  Tensor out(DType::f32, {height, width});
  const float* from = picture.data<float>().data();
  float* to = out.data<float>().data();
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) *to++ = from[y / kScale * picture.shape()[1] + x / kScale];
  }
  return out;
}

Tensor mean_row(const Tensor& x) {
  const int64_t features = x.shape()[1];
  std::vector<double> sums(static_cast<size_t>(features));
  const std::span<const float> values = x.data<float>();
  for (size_t i = 0; i < values.size(); ++i) sums[i % sums.size()] += values[i];
  for (double& sum : sums) sum /= static_cast<double>(x.shape()[0]);
  return Tensor::of(sums);
}

}  // namespace

std::string fashion_mnist_file(const std::string& folder, const char* name) {
  const fs::path path = fs::path(folder) / name;
  return fs::exists(path) ? path.string() : path.string() + ".gz";
}

std::string fashion_mnist_folder(const std::string& path) {
  const auto folder = find_fashion_mnist(path);
  if (folder) return *folder;
  throw DataError(
      "Fashion-MNIST is not on this machine: install Debian's package dataset-fashion-mnist, or name a "
      "file of rows with --data");
}

ZooData load_autoencoder_rows(const ZooDataOptions& options, int64_t default_rows) {
  std::error_code ignored;
  const bool is_own = !options.path.empty() && !fs::is_directory(options.path, ignored);
  if (is_own) return load_own_rows(options);
  return load_fashion_mnist(fashion_mnist_folder(options.path), options, default_rows);
}

ZooData load_unit_rows(const ZooDataOptions& options, std::string_view name) {
  ZooData data = load_autoencoder_rows(options, 0);
  for (const Samples& part : {data.x, data.validation_x, Samples(data.held_out_x)}) {
    for (const float value : part.read(0, part.shape()[0]).data<float>()) {
      if (value >= 0 && value <= 1) continue;
      throw DataError(
          fmt::format("{}: {} needs numbers from 0 to 1, got {}; autoencoder takes any", options.path, name, value));
    }
  }
  return data;
}

int64_t square_side(const ZooConfig& config, int64_t divisor) {
  const int64_t features = config["features"], side = std::llround(std::sqrt(static_cast<double>(features)));
  if (side * side == features && side % divisor == 0) return side;
  throw DataError(fmt::format("expected rows that are square pictures{}, got rows of {} numbers",
                              divisor > 1 ? fmt::format(" of a side that {} divides", divisor) : "", features));
}

std::vector<ZooOption> autoencoder_options(int64_t encoding_size) {
  return {whole_option("encoding_size", encoding_size, "numbers that a row is squeezed into"),
          data_option("features", 784, "numbers in a row")};
}

std::string show_reconstruction_errors(const ZooData& data, ZooTrained& trained) {
  return fmt::format(
      "Reconstructions of {}: mean squared error {:.4f}\n"
      "The mean training row in place of each: {:.4f}\n",
      shown_rows(data), mean_squared_error(data.held_out_y, trained.model.predict(data.held_out_x)),
      mean_squared_error(data.held_out_y, mean_row(data.y.read(0, data.y.shape()[0]))));
}

ZooModel image_autoencoder(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                           ZooData (*load)(const ZooDataOptions&), std::vector<ZooOption> options) {
  return {.name = name,
          .description = description,
          .data = "pictures of Fashion-MNIST; or a folder with its files, or a file of rows: .npy, .csv or IDX",
          .kind = ZooKind::autoencoder,
          .epochs = 10,
          .batch_size = 128,
          .options = std::move(options),
          .build = build,
          .load = load,
          .show = show_reconstruction_errors};
}

void compile_image_autoencoder(Model& model) {
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {"mean_squared_error"}});
}

Shape picture_shape(const ZooData& data) {
  if (data.picture.rank() == 2) return data.picture;
  const int64_t features = data.x.shape()[1], side = std::llround(std::sqrt(static_cast<double>(features)));
  return side > 1 && side * side == features ? Shape{side, side} : Shape{};
}

Tensor reconstruction_picture(const ZooData& data, const Tensor& reconstructions) {
  const Shape picture = picture_shape(data);
  if (picture.rank() != 2) {
    throw DataError(fmt::format("rows of {} numbers are no pictures", data.x.shape()[1]));
  }
  const int64_t count = data.held_out_x.shape()[0];
  Tensor both(DType::f32, {2 * count, picture[0], picture[1]});
  const Shape half{count, picture[0], picture[1]};
  both.slice_rows(0, count).assign(data.held_out_x.reshaped(half));
  both.slice_rows(count, 2 * count).assign(reconstructions.reshaped(half));
  constexpr int64_t kGap = 2;
  return enlarged(image_grid(both, count, kGap));
}

}  // namespace reel
