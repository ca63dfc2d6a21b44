#include "reel/models/layers/preprocessing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/describe/list_field.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/layers/quantiles.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr double kLeastDeviation = 1e-7;

Var as_float(Var x) { return x.dtype() == DType::i32 ? cast(x, DType::f32) : x; }

/// As a constant: [], or [n].
Var constant(const Numbers<double>& numbers, Var like) {
  Shape shape;
  if (numbers.is_list()) shape = {static_cast<int64_t>(numbers.values().size())};
  const Tensor values = Tensor::of(shape, std::span<const double>(numbers.values()));
  return like.graph().constant(values.cast(like.dtype()));
}

/// `of_axes`, with an extent for each of these axes, or a scalar, beside values of this shape.
Var along(Var of_axes, const std::vector<int64_t>& axes, const Shape& shape) {
  if (of_axes.shape().rank() == 0) return of_axes;
  std::vector<int64_t> extents(static_cast<size_t>(shape.rank()) - 1, 1);
  for (const int64_t axis : axes) extents[static_cast<size_t>(axis) - 1] = shape[static_cast<int>(axis)];
  return reshape(of_axes, Shape(extents));
}

/// Classes [rows] or [rows, n], of i32 or f32, as `mode` says; weights [rows, n], if any, are for counts.
Var encoded(Var classes, int64_t count, const std::string& mode, Var weights, const std::string& layer) {
  const Shape& shape = classes.shape();
  if (shape.rank() > 2 || (shape.rank() == 1 && mode != "one_hot")) {
    throw ShapeError(fmt::format("{}: \"{}\" encodes {}, got {}", layer, mode,
                                 mode == "one_hot" ? "[rows] or [rows, 1]" : "[rows, n]", shape.str()));
  }
  if (mode == "one_hot" && shape.rank() == 2 && shape[1] != 1) {
    throw ShapeError(fmt::format("{}: \"one_hot\" encodes [rows] or [rows, 1], got {}", layer, shape.str()));
  }
  if (mode == "one_hot" && shape.rank() == 2) classes = reshape(classes, {shape[0]});
  const Var one = one_hot(classes, count, {.what = layer});
  if (mode == "one_hot") return one;
  if (mode == "multi_hot") return reduce_max(one, 1);
  return reduce_sum(weights ? one * reshape(weights, shape.with_inserted(2, 1)) : one, 1);
}

Var encoded_or_bins(Var bin, int64_t bins, const std::string& mode) {
  return mode == "int" ? bin : encoded(bin, bins, mode, {}, "Discretization");
}

/// Sums over rows of one variable at a time, in double.
struct Moments {
  std::vector<double> sum, squares;
  double count = 0;
};

/// Of each element of the kept axes, which follow one another as they do in a row.
Moments moments_of(const Tensor& rows_of, const std::vector<int64_t>& kept, const std::vector<double>& about) {
  const Shape shape = rows_of.shape();
  int64_t features = 1;
  for (const int64_t axis : kept) features *= shape[static_cast<int>(axis)];
  Moments made{std::vector<double>(static_cast<size_t>(features)), std::vector<double>(static_cast<size_t>(features))};
  for (int64_t i = 0; i < rows_of.size(); ++i) {
    int64_t rest = i % shape.row_size(), feature = 0, stride = 1;
    for (int axis = shape.rank() - 1; axis > 0; --axis) {
      const int64_t index = rest % shape[axis];
      rest /= shape[axis];
      if (std::ranges::find(kept, axis) == kept.end()) continue;
      feature += index * stride;
      stride *= shape[axis];
    }
    const auto at = static_cast<size_t>(feature);
    const double value = rows_of.at(i) - (about.empty() ? 0 : about[at]);
    made.sum[at] += value;
    made.squares[at] += value * value;
  }
  made.count = static_cast<double>(shape[0]) * static_cast<double>(shape.row_size()) / static_cast<double>(features);
  return made;
}

}  // namespace

Rescaling::Rescaling(Numbers<double> scale, Numbers<double> offset, const std::string& name)
    : scale_(std::move(scale)), offset_(std::move(offset)) {
  set_default_name(name);
}

void Rescaling::fields(Fields& f) {
  f.required("scale", scale_);
  f("offset", offset_);
}

Var Rescaling::call(Call&, Var input) const {
  const Var x = as_float(input);
  return x * constant(scale_, x) + constant(offset_, x);
}

Normalization::Normalization(NormalizationOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Normalization::fields(Fields& f) {
  options_.axis.as_list();
  f("axis", options_.axis);
  f("invert", options_.invert);
  f("mean", options_.mean);
  f("variance", options_.variance);
}

void Normalization::check() const {
  if (options_.mean.is_null() == options_.variance.is_null() &&
      options_.mean.values().size() == options_.variance.values().size())
    return;
  throw ValueError(fmt::format("Normalization: mean and variance are given together, as many of each, got {} and {}",
                               options_.mean.values().size(), options_.variance.values().size()));
}

std::vector<int64_t> Normalization::kept_axes(const Shape& shape) const {
  std::vector<int64_t> axes = options_.axis.of(shape, "Normalization");
  std::ranges::sort(axes);
  if (axes.empty() || axes[0] > 0) return axes;
  throw ShapeError(
      fmt::format("Normalization: axis 0 of {} is that of the rows, which have no mean each", shape.str()));
}

Shape Normalization::means_shape(const Shape& shape) const {
  std::vector<int64_t> extents;
  for (const int64_t axis : kept_axes(shape)) extents.push_back(shape[static_cast<int>(axis)]);
  return Shape(extents);
}

void Normalization::build(const Type& input) {
  const Shape shape = means_shape(input.shape);
  if (!options_.mean.is_null()) {
    const auto given = static_cast<int64_t>(options_.mean.values().size());
    if (!options_.mean.is_list() || given == shape.size()) return;
    throw ShapeError(fmt::format("Normalization: {} means for {}, axis {} of {}", given, shape.str(),
                                 options_.axis.config().str(), input.str()));
  }
  const VariableOptions statistic{.kind = VariableKind::statistic};
  mean_ = add_weight("mean", shape, "zeros", statistic);
  variance_ = add_weight("variance", shape, "ones", statistic);
  count_ = add_weight("count", {}, "zeros", {.kind = VariableKind::statistic, .dtype = DType::i32});
}

Var Normalization::call(Call& call, Var input) const {
  const Var x = as_float(input);
  const std::vector<int64_t> axes = kept_axes(x.shape());
  const Var mean = along(mean_ ? call[mean_] : constant(options_.mean, x), axes, x.shape());
  const Var variance = along(variance_ ? call[variance_] : constant(options_.variance, x), axes, x.shape());
  const Var deviation = maximum(sqrt(variance), x.graph().constant(kLeastDeviation, x.dtype()));
  return options_.invert ? mean + x * deviation : (x - mean) / deviation;
}

void Normalization::adapt(const Tensor& rows_of) {
  if (!options_.mean.is_null()) throw Error("Normalization: adapt() of a layer whose mean and variance were given");
  if (!rows_of || rows_of.ndim() == 0 || rows_of.shape()[0] == 0)
    throw ShapeError("Normalization: adapt() needs rows, got none");
  const Type type{DType::f32, rows_of.shape().with_lead(rows)};
  if (const auto known = weights(); !known.empty() && !(known[0].shape() == means_shape(type.shape))) {
    throw ShapeError(fmt::format("Normalization: adapt() of a layer for means {} got {}", known[0].shape().str(),
                                 rows_of.shape().str()));
  }
  build_once(std::span(&type, 1), "");
  const std::vector<int64_t> axes = kept_axes(type.shape);
  std::vector<double> means = moments_of(rows_of, axes, {}).sum;
  const Moments about = [&] {
    const double count = static_cast<double>(rows_of.shape().size()) / static_cast<double>(means.size());
    for (double& mean : means) mean /= count;
    return moments_of(rows_of, axes, means);
  }();
  std::vector<double> variances = about.squares;
  for (double& variance : variances) variance /= about.count;
  const Shape shape = mean_.shape();
  mean_.assign(Tensor::of(shape, std::span<const double>(means)).cast(DType::f32));
  variance_.assign(Tensor::of(shape, std::span<const double>(variances)).cast(DType::f32));
  count_.assign(Tensor::scalar(0, DType::i32));
}

Discretization::Discretization(std::vector<double> bin_boundaries, DiscretizationOptions options)
    : bin_boundaries_(std::move(bin_boundaries)), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Discretization::all_fields(Fields& f) {
  f.part(bin_boundaries_);
  f.as("bin_boundaries", ListOrNull<double>(*bin_boundaries_));
  f("num_bins", options_.num_bins);
  f("epsilon", options_.epsilon);
  f("output_mode", options_.output_mode, {"int", "one_hot", "multi_hot", "count"});
  f.only("sparse", "false");
  name_field(f);
  f.only("dtype", "\"float32\"");
}

void Discretization::check() const {
  const bool ascends = options_.num_bins ? std::ranges::is_sorted(*bin_boundaries_)
                                         : std::ranges::is_sorted(*bin_boundaries_, std::ranges::less_equal());
  if (!ascends) {
    throw ValueError("Discretization: bin_boundaries must be numbers that ascend");
  }
  if (bin_boundaries_->empty() && !options_.num_bins) {
    throw ValueError("Discretization: expected bin_boundaries or num_bins, got neither");
  }
  if (options_.num_bins && *options_.num_bins < 1) {
    throw ValueError(fmt::format("Discretization: num_bins must be above 0, got {}", *options_.num_bins));
  }
  if (!(options_.epsilon > 0 && options_.epsilon <= 1)) {
    throw ValueError(fmt::format("Discretization: epsilon must be in (0, 1], got {}", options_.epsilon));
  }
}

void Discretization::adapt(const Tensor& numbers) {
  if (!options_.num_bins) throw Error("Discretization: adapt() of a layer whose bin_boundaries were given");
  if (!numbers || numbers.size() == 0) throw ShapeError("Discretization: adapt() needs numbers, got none");
  *bin_boundaries_ = quantiles(numbers, *options_.num_bins, options_.epsilon);
}

Var Discretization::call(Call&, Var input) const {
  const auto bins = bin_boundaries_->empty() ? *options_.num_bins : static_cast<int64_t>(bin_boundaries_->size()) + 1;
  if (bin_boundaries_->empty() && bins > 1) throw Error("Discretization: adapt() it first, it has no boundaries");
  const Var x = as_float(input);
  if (bins == 1) return encoded_or_bins(cast(0.0 * x, DType::i32), bins, options_.output_mode);
  const Shape& shape = x.shape();
  const Var bounds = constant(Numbers<double>(*bin_boundaries_), x);
  const Var above = greater_equal(reshape(x, shape.with_inserted(shape.rank(), 1)), bounds);
  const Var bin = cast(reduce_sum(above, shape.rank()), DType::i32);
  return encoded_or_bins(bin, bins, options_.output_mode);
}

CategoryEncoding::CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options)
    : num_tokens_(num_tokens), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void CategoryEncoding::fields(Fields& f) {
  f.required("num_tokens", num_tokens_);
  f("output_mode", options_.output_mode, {"multi_hot", "one_hot", "count"});
}

void CategoryEncoding::check() const { check_positive("CategoryEncoding", "num_tokens", num_tokens_); }

Flows CategoryEncoding::call_many(Call&, const Flows& inputs) const {
  if (inputs.size() == 2 && options_.output_mode != "count") {
    throw ValueError(fmt::format("CategoryEncoding: weights are for \"count\", not for \"{}\"", options_.output_mode));
  }
  const Var weights = inputs.size() == 2 ? inputs[1].value : Var{};
  return {encoded(inputs[0].value, num_tokens_, options_.output_mode, weights, "CategoryEncoding")};
}

}  // namespace reel
