#include "reel/models/data/arrays.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "reel/graph/error.h"
#include "reel/models/data/python_shuffle.h"
#include "reel/models/training/samples.h"
#include "reel/ops/eager.h"

namespace reel {
namespace {

/// Rows that a part takes; `total` is what there is. As Keras, a share is rounded, halves to the even number.
int64_t rows_of_part(const PartSize& size, int64_t total, const char* what) {
  if (const auto* count = std::get_if<int64_t>(&size)) {
    if (*count > 0 && *count < total) return *count;
    throw ValueError(fmt::format("split_dataset: {} must be above 0 and below {}, got {}", what, total, *count));
  }
  const double share = std::get<double>(size);
  if (!(share > 0 && share < 1)) {
    throw ValueError(fmt::format("split_dataset: {} must be between 0 and 1, got {}", what, share));
  }
  const double exact = share * static_cast<double>(total), below = std::floor(exact);
  const auto whole = static_cast<int64_t>(below);
  const bool goes_up = exact - below > 0.5 || (exact - below == 0.5 && whole % 2 == 1);
  return goes_up ? whole + 1 : whole;
}

void check_shares(const PartSize& left, const PartSize& right) {
  const auto *of_left = std::get_if<double>(&left), *of_right = std::get_if<double>(&right);
  if (of_left == nullptr || of_right == nullptr || *of_left + *of_right <= 1) return;
  throw ValueError(fmt::format("split_dataset: left_size and right_size must be 1 at most together, got {} and {}",
                               *of_left, *of_right));
}

}  // namespace

Tensor to_categorical(const Tensor& classes, std::optional<int64_t> num_classes) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < classes.size(); ++i) {
    if (!(std::abs(classes.at(i)) <= 0x1p53)) {
      throw ValueError(fmt::format("to_categorical: expected classes, got {}", classes.at(i)));
    }
    all.push_back(static_cast<int64_t>(classes.at(i)));
  }
  if (!num_classes && all.empty()) throw ValueError("to_categorical: expected a class at least, or num_classes");
  const int64_t count = num_classes ? *num_classes : *std::ranges::max_element(all) + 1;
  Shape shape = classes.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape = shape.without_axis(shape.rank() - 1);
  Tensor made = Tensor::zeros(shape.with_inserted(shape.rank(), std::max<int64_t>(count, 0)));
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] >= count || all[i] < -count) {
      throw ValueError(fmt::format("to_categorical: class {} is none of {}", all[i], count));
    }
    const int64_t of = all[i] < 0 ? all[i] + count : all[i];
    made.data<float>()[i * static_cast<size_t>(count) + static_cast<size_t>(of)] = 1;
  }
  return made;
}

Tensor normalize(const Tensor& x, int axis, double order) {
  const Tensor lengths = norm(x, order, Axes(axis), true);
  return x / where(equal(lengths, 0.0), Tensor::ones(lengths.shape(), lengths.dtype()), lengths);
}

SplitRows split_rows(int64_t count, const SplitOptions& options) {
  check_shares(options.left_size, options.right_size);
  const bool has_left = options.left_size.index() > 0, has_right = options.right_size.index() > 0;
  if (!has_left && !has_right) throw ValueError("split_dataset: expected left_size or right_size, got neither");
  int64_t left = has_left ? rows_of_part(options.left_size, count, "left_size") : 0;
  int64_t right = has_right ? rows_of_part(options.right_size, count, "right_size") : 0;
  if (!has_left) left = count - right;
  if (!has_right) right = count - left;
  if (left < 1 || right < 1 || left + right > count) {
    throw ValueError(
        fmt::format("split_dataset: {} rows do not make parts of {} and {}, one at least each", count, left, right));
  }
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  if (options.shuffle_seed) order = python_permutation(count, *options.shuffle_seed);
  return {{order.begin(), order.begin() + left}, {order.end() - right, order.end()}};
}

std::pair<Tensor, Tensor> split_dataset(const Tensor& rows_of, const SplitOptions& options) {
  if (!rows_of || rows_of.ndim() == 0) throw ShapeError("split_dataset: expected rows [n, ...]");
  const SplitRows parts = split_rows(rows_of.shape()[0], options);
  const Samples samples(rows_of);
  return {samples.read(parts.left), samples.read(parts.right)};
}

}  // namespace reel
