#include "reel/models/layers/resizing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// The margins of each axis as [[before, after], ...], of a single axis [before, after]. A number stands for both sides
/// of all axes, and of several axes a list of numbers for both sides of each.
struct Margins final : Field {
  explicit Margins(std::span<Margin> to) : margins(to) {}
  Config get() const override {
    Json all = Json::array();
    for (const Margin& margin : margins) all.push_back({margin.before, margin.after});
    return config_of(margins.size() == 1 ? all[0] : all);
  }
  void set(const Config& value) override {
    const Json& json = json_of(value);
    if (json.is_number_integer()) {
      std::ranges::fill(margins, both(json));
      return;
    }
    if (margins.size() == 1) {
      margins[0] = pair(json);
      return;
    }
    if (!json.is_array() || json.size() != margins.size()) refuse(json);
    for (size_t i = 0; i < margins.size(); ++i) margins[i] = json[i].is_array() ? pair(json[i]) : both(json[i]);
  }
  static Margin both(const Json& json) {
    if (!json.is_number_integer()) refuse(json);
    return {json.get<int64_t>(), json.get<int64_t>()};
  }
  static Margin pair(const Json& json) {
    const bool is_pair =
        json.is_array() && json.size() == 2 && json[0].is_number_integer() && json[1].is_number_integer();
    if (!is_pair) refuse(json);
    return {json[0].get<int64_t>(), json[1].get<int64_t>()};
  }
  [[noreturn]] static void refuse(const Json& json) {
    throw ValueError(fmt::format("expected a number, or two for each axis, got {}", excerpt_of(json)));
  }
  std::span<Margin> margins;
};

void check_margins(std::string_view layer, std::string_view what, std::span<const Margin> margins) {
  for (const Margin& margin : margins) {
    if (margin.before >= 0 && margin.after >= 0) continue;
    throw ValueError(
        fmt::format("{}: {} must not be negative, got {} and {}", layer, what, margin.before, margin.after));
  }
}

Var padded(Var x, std::span<const Margin> margins, std::string_view data_format, std::string_view layer) {
  const int axes = static_cast<int>(margins.size());
  const Var images = to_images(x, axes, data_format, layer);
  std::vector<PadWidth> widths(4);
  for (int axis = 0; axis < axes; ++axis) {
    const Margin& margin = margins[static_cast<size_t>(axis)];
    widths[static_cast<size_t>(axis + 3 - axes)] = {margin.before, margin.after};
  }
  return from_images(pad(images, widths), axes, data_format);
}

Var cropped(Var x, std::span<const Margin> margins, std::string_view data_format, std::string_view layer) {
  const int axes = static_cast<int>(margins.size());
  Var images = to_images(x, axes, data_format, layer);
  for (int axis = 0; axis < axes; ++axis) {
    const Margin& margin = margins[static_cast<size_t>(axis)];
    const int image_axis = axis + 3 - axes;
    const int64_t left = images.shape()[image_axis] - margin.before - margin.after;
    if (left < 1) {
      throw ShapeError(fmt::format("{}: nothing is left of axis {} of {} without {} and {}", layer, axis + 1,
                                   x.type().str(), margin.before, margin.after));
    }
    images = slice(images, image_axis, margin.before, left);
  }
  return from_images(images, axes, data_format);
}

double sine_of_half_turns(double x) {
  const double turns = x / 2 - 0.25;
  return plain_cos_of_turns(turns - std::floor(turns));
}

/// What an element at distance x >= 0 counts.
using Kernel = double (*)(double x);
double triangle(double x) { return std::max(1 - x, 0.0); }
/// Keys 1981, with a = -1/2.
double keys_cubic(double x) {
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}
template <int radius>
double lanczos(double x) {
  constexpr double kNear = 1e-3;
  if (x > radius) return 0;
  if (x <= kNear) return 1;
  const double squared = std::numbers::pi * std::numbers::pi * x * x;
  return radius * sine_of_half_turns(x) * sine_of_half_turns(x / radius) / squared;
}

struct Interpolation {
  std::string_view name;
  Kernel kernel;
};
constexpr Interpolation kInterpolations[] = {{"bicubic", keys_cubic},
                                             {"bilinear", triangle},
                                             {"lanczos3", lanczos<3>},
                                             {"lanczos5", lanczos<5>},
                                             {"nearest", nullptr}};

/// [extent, extent size]: what shares the elements of an axis have in those between them, by distances between centres.
/// Shares have the sum 1, also where elements would count that are not there.
Tensor shares_of(int64_t extent, int64_t size, Kernel kernel) {
  const int64_t count = extent * size;
  Tensor shares = Tensor::zeros({extent, count});
  std::vector<double> of_one(static_cast<size_t>(extent));
  for (int64_t i = 0; i < count; ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(size) - 0.5;
    double sum = 0;
    for (int64_t j = 0; j < extent; ++j) {
      sum += of_one[static_cast<size_t>(j)] = kernel(std::abs(at - static_cast<double>(j)));
    }
    for (int64_t j = 0; j < extent; ++j) {
      shares.data<float>()[static_cast<size_t>(j * count + i)] =
          static_cast<float>(of_one[static_cast<size_t>(j)] / sum);
    }
  }
  return shares;
}

Kernel kernel_of(const std::string& interpolation) {
  const auto found = std::ranges::find(kInterpolations, interpolation, &Interpolation::name);
  if (found != std::end(kInterpolations)) return found->kernel;
  throw ValueError(fmt::format(
      "UpSampling2D: interpolation must be one of bicubic, bilinear, lanczos3, lanczos5, nearest, got \"{}\"",
      excerpt(interpolation)));
}

}  // namespace

ZeroPadding1D::ZeroPadding1D(Margin padding, std::string data_format, const std::string& name)
    : padding_(padding), data_format_(std::move(data_format)) {
  set_default_name(name);
  check();
}

void ZeroPadding1D::fields(Fields& f) {
  f.as("padding", Margins({&padding_, 1}));
  data_format_field(f, data_format_);
}

void ZeroPadding1D::check() const { check_margins("ZeroPadding1D", "padding", {&padding_, 1}); }
Var ZeroPadding1D::call(Call&, Var x) const { return padded(x, {&padding_, 1}, data_format_, "ZeroPadding1D"); }

ZeroPadding2D::ZeroPadding2D(Margin height, Margin width, std::string data_format, const std::string& name)
    : padding_{height, width}, data_format_(std::move(data_format)) {
  set_default_name(name);
  check();
}

void ZeroPadding2D::fields(Fields& f) {
  f.as("padding", Margins(padding_));
  data_format_field(f, data_format_);
}

void ZeroPadding2D::check() const { check_margins("ZeroPadding2D", "padding", padding_); }
Var ZeroPadding2D::call(Call&, Var x) const { return padded(x, padding_, data_format_, "ZeroPadding2D"); }

Cropping1D::Cropping1D(Margin cropping, const std::string& name) : cropping_(cropping) {
  set_default_name(name);
  check();
}

void Cropping1D::fields(Fields& f) { f.as("cropping", Margins({&cropping_, 1})); }
void Cropping1D::check() const { check_margins("Cropping1D", "cropping", {&cropping_, 1}); }
Var Cropping1D::call(Call&, Var x) const { return cropped(x, {&cropping_, 1}, "channels_last", "Cropping1D"); }

Cropping2D::Cropping2D(Margin height, Margin width, std::string data_format, const std::string& name)
    : cropping_{height, width}, data_format_(std::move(data_format)) {
  set_default_name(name);
  check();
}

void Cropping2D::fields(Fields& f) {
  f.as("cropping", Margins(cropping_));
  data_format_field(f, data_format_);
}

void Cropping2D::check() const { check_margins("Cropping2D", "cropping", cropping_); }
Var Cropping2D::call(Call&, Var x) const { return cropped(x, cropping_, data_format_, "Cropping2D"); }

UpSampling1D::UpSampling1D(int64_t size, const std::string& name) : size_(size) {
  set_default_name(name);
  check();
}

void UpSampling1D::check() const { check_positive("UpSampling1D", "size", size_); }

Var UpSampling1D::call(Call&, Var x) const {
  if (x.shape().rank() != 3) {
    throw ShapeError(fmt::format("UpSampling1D: needs [rows, steps, channels], got {}", x.type().str()));
  }
  return repeat(x, size_, 1);
}

UpSampling2D::UpSampling2D(PerAxis size, UpSampling2DOptions options)
    : size_(std::move(size)), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void UpSampling2D::fields(Fields& f) {
  size_.spread(2);
  f("size", size_);
  data_format_field(f, options_.data_format);
  f("interpolation", options_.interpolation, {"bicubic", "bilinear", "lanczos3", "lanczos5", "nearest"});
}

void UpSampling2D::check() const {
  size_.check(2, 1, "UpSampling2D: size");
  kernel_of(options_.interpolation);
}

Var UpSampling2D::call(Call&, Var x) const {
  Var y = to_images(x, 2, options_.data_format, "UpSampling2D");
  const Kernel kernel = kernel_of(options_.interpolation);
  for (int axis = 1; axis <= 2; ++axis) {
    const int64_t size = size_[axis - 1];
    if (kernel == nullptr) {
      y = repeat(y, size, axis);
    } else {
      const Var shares = cast(x.graph().constant(shares_of(y.shape()[axis], size, kernel)), y.dtype());
      y = moveaxis(matmul(moveaxis(y, axis, -1), shares), -1, axis);
    }
  }
  return from_images(y, 2, options_.data_format);
}

}  // namespace reel
