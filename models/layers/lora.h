// Low-rank adaptation: a frozen matrix, and a product of two thin ones that is trained instead.
#pragma once

#include <optional>
#include <vector>

#include "reel/models/layer/call.h"

namespace reel {

class Fields;

/// matrix + (alpha / rank) a b, where a is [..., rank] for a matrix [..., n], and b [rank, n]. Hu et al. 2021; Keras's
/// `lora_rank` and `lora_alpha`. An alpha that is not given is the rank. (Keras 3.15.1's Dense and Embedding take the
/// rank in any case.)
struct Lora {
  std::optional<int64_t> rank = {}, alpha = {};
  Variable a = {}, b = {};

  explicit operator bool() const { return rank.has_value(); }
  void fields(Fields& f);
  /// Throws ValueError, naming the layer, for a rank that is not positive, and for one beside a constraint.
  void check(std::string_view layer, const Constraint& constraint) const;
  double scale() const { return static_cast<double>(alpha.value_or(*rank)) / static_cast<double>(*rank); }
  /// Of a for a matrix of this shape.
  Shape shape_of_a(const Shape& matrix) const { return matrix.with_axis(matrix.rank() - 1, *rank); }
  Shape shape_of_b(const Shape& matrix) const { return {*rank, matrix.back()}; }
  /// The matrix as the layer uses it: as it is without a rank.
  Var added_to(Var matrix, const Call& call) const;

  /// What files keep of a layer with this matrix and perhaps a bias: the matrix with the product added to it.
  std::vector<Tensor> saved(const Variable& matrix, const Variable& bias = {}) const;
  /// The reverse, after which there is nothing to add to the matrix: b is 0. Throws ShapeError, and then changes
  /// nothing.
  void load(const std::vector<Tensor>& values, Variable matrix, Variable bias = {});
};

}  // namespace reel
