#include "reel/models/layers/reshaping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {

Flow Flatten::call_masked(Call&, Flow input) const {
  const Shape& shape = input.value.shape();
  const bool moves = data_format_ == "channels_first" && shape.rank() > 2;
  return input.reshaped([&](Var x) {
    return reshape(moves ? moveaxis(x, 1, -1) : x, {shape[0], shape.product(1, shape.rank())});
  });
}

Reshape::Reshape(std::vector<int64_t> target_shape, std::string name) : target_shape_(std::move(target_shape)) {
  set_default_name(name);
  check();
}

void Reshape::check() const {
  const bool is_shape = std::ranges::all_of(target_shape_, [](int64_t extent) { return extent >= -1; }) &&
                        std::ranges::count(target_shape_, -1) <= 1 && target_shape_.size() < Shape::kMaxRank;
  if (is_shape) return;
  throw ValueError(fmt::format("Reshape: target_shape must be of at most {} extents, one of them -1, got [{}]",
                               Shape::kMaxRank - 1, fmt::join(target_shape_, ", ")));
}

Flow Reshape::call_masked(Call&, Flow input) const {
  const Shape& from = input.value.shape();
  std::vector<int64_t> dims{from[0]};
  int64_t known = 1;
  for (const int64_t extent : target_shape_) known *= extent == -1 ? 1 : extent;
  for (const int64_t extent : target_shape_) {
    const bool follows = extent == -1 && known > 0;
    dims.push_back(follows ? from.row_size() / known : extent);
  }
  const Shape to{std::span<const int64_t>(dims)};
  if (to.row_size() != from.row_size()) {
    throw ShapeError(fmt::format("Reshape: {} has {} values in a row, target_shape [{}] does not", from.str(),
                                 from.row_size(), fmt::join(target_shape_, ", ")));
  }
  return input.reshaped([&](Var x) { return reshape(x, to); });
}

Permute::Permute(std::vector<int64_t> dims, const std::string& name) : dims_(std::move(dims)) {
  set_default_name(name);
  check();
}

void Permute::check() const {
  std::vector<int64_t> sorted = dims_;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] == static_cast<int64_t>(i) + 1) continue;
    throw ValueError(fmt::format("Permute: dims must be 1 to the number of axes behind the rows, each once, got [{}]",
                                 fmt::join(dims_, ", ")));
  }
}

Var Permute::call(Call&, Var x) const {
  if (x.shape().rank() != static_cast<int>(dims_.size()) + 1) {
    throw ShapeError(fmt::format("Permute: dims [{}] are not the axes behind the rows of {}", fmt::join(dims_, ", "),
                                 x.shape().str()));
  }
  std::vector<int> axes{0};
  for (const int64_t axis : dims_) axes.push_back(static_cast<int>(axis));
  return transpose(x, axes);
}

RepeatVector::RepeatVector(int64_t n, std::string name) : n_(n) {
  set_default_name(name);
  check();
}

void RepeatVector::check() const { check_positive("RepeatVector", "n", n_); }

Flow RepeatVector::call_masked(Call&, Flow input) const {
  const Shape& shape = input.value.shape();
  if (shape.rank() != 2) throw ShapeError(fmt::format("RepeatVector: needs [rows, features], got {}", shape.str()));
  return {broadcast_to(reshape(input.value, {shape[0], 1, shape[1]}), {shape[0], n_, shape[1]})};
}

}  // namespace reel
