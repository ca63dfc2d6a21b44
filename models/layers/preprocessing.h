// Layers that prepare numbers: scaled, standardized, sorted into bins, encoded. Those of words: text_vectorization.h,
// lookup.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/describe/axis_list.h"
#include "reel/models/describe/numbers.h"
#include "reel/models/describe/shared.h"
#include "reel/models/layer/layer.h"

namespace reel {

/// x scale + offset, where lists have a number for each element of the last axis. keras.layers.Rescaling.
class Rescaling : public LayerOf<Rescaling> {
 public:
  explicit Rescaling(Numbers<double> scale, Numbers<double> offset = 0.0, const std::string& name = "");
  std::string class_name() const override { return "Rescaling"; }
  void fields(Fields& f) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  Numbers<double> scale_, offset_;
};

struct NormalizationOptions {
  AxisList axis = -1;         ///< those of which each element has its own mean and variance; an empty list: one for all
  Numbers<double> mean = {};  ///< given together with the variance, or learned by `adapt`
  Numbers<double> variance = {};
  bool invert = false;  ///< from standardized values to what they were
  std::string name = "";
};

/// (x - mean) / max(sqrt(variance), 1e-7), or inverted x max(sqrt(variance), 1e-7) + mean. keras.layers.Normalization.
class Normalization : public LayerOf<Normalization> {
 public:
  /// Throws ValueError where one of mean and variance is given alone.
  explicit Normalization(NormalizationOptions options = {});
  std::string class_name() const override { return "Normalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

  /// Takes mean and variance from rows [n, ...], computed in double. Throws ShapeError for no rows and for rows of
  /// another shape than the layer was built for, Error where mean and variance were given.
  void adapt(const Tensor& rows_of);

 private:
  std::vector<int64_t> kept_axes(const Shape& shape) const;
  Shape means_shape(const Shape& shape) const;

  NormalizationOptions options_;
  Variable mean_, variance_, count_;
};

struct DiscretizationOptions {
  std::optional<int64_t> num_bins = {};  ///< how many bins `adapt` learns, in the place of boundaries
  double epsilon = 0.01;                 ///< of `adapt`: the share of data that a boundary may be off by
  std::string output_mode = "int";       ///< or "one_hot", "multi_hot", "count"
  std::string name = "";
};

/// In which bin a number lies: i32 [rows, ...], how many of the boundaries are not above it; or that, encoded as
/// CategoryEncoding does. Its boundaries are given, or learned: `Discretization({}, {.num_bins = 4})`.
/// keras.layers.Discretization.
class Discretization : public LayerOf<Discretization> {
 public:
  /// Throws ValueError for boundaries that do not ascend, and unless boundaries or a number of bins are given.
  explicit Discretization(std::vector<double> bin_boundaries, DiscretizationOptions options = {});
  std::string class_name() const override { return "Discretization"; }
  void all_fields(Fields& f) override;
  void check() const override;
  /// Throws Error where boundaries are to be learned and have not been.
  Var call(Call& call, Var x) const override;

  /// Takes as boundaries the quantiles of the numbers, as Keras finds them from a summary of about 1 / epsilon values.
  /// What it learned before is forgotten. Throws Error where boundaries were given, ShapeError for no numbers.
  void adapt(const Tensor& numbers);
  const std::vector<double>& bin_boundaries() const { return *bin_boundaries_; }

 private:
  Shared<std::vector<double>> bin_boundaries_;
  DiscretizationOptions options_;
};

struct CategoryEncodingOptions {
  std::string output_mode = "multi_hot";  ///< or "one_hot", "count"
  std::string name = "";
};

/// Classes [rows] or [rows, n] as f32 [rows, num_tokens]: "one_hot" 1 at the class, of [rows] or [rows, 1];
/// "multi_hot" 1 at each class that is there, "count" how often it is, each weighted if a second input [rows, n] gives
/// weights. Running throws RowError for what is no class. keras.layers.CategoryEncoding.
class CategoryEncoding : public LayerOf<CategoryEncoding> {
 public:
  /// Throws ValueError unless num_tokens > 0.
  explicit CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options = {});
  std::string class_name() const override { return "CategoryEncoding"; }
  void fields(Fields& f) override;
  void check() const override;
  std::vector<std::string_view> call_inputs() const override { return {"inputs", "count_weights"}; }
  Flows call_many(Call& call, const Flows& inputs) const override;

 private:
  int64_t num_tokens_;
  CategoryEncodingOptions options_;
};

}  // namespace reel
