// Products of vectors of two values.
#pragma once

#include "reel/models/describe/axis_list.h"
#include "reel/models/layer/layer.h"

namespace reel {

struct DotOptions {
  bool normalize = false;  ///< whether vectors are brought to length 1 first: cosines
  std::string name = "";
};

/// Sums over an axis of each of two values, [rows, ...] and [rows, ...] -> [rows, axes of the first but that, axes of
/// the second but that]; of vectors [rows, n] it is [rows, 1]. A mask ends here. keras.layers.Dot.
class Dot : public LayerOf<Dot> {
 public:
  /// `axes`: one of both, or one of each. Throws ValueError for another number of them.
  explicit Dot(AxisList axes, DotOptions options = {});
  std::string class_name() const override { return "Dot"; }
  void fields(Fields& f) override;
  void check() const override;
  void build_many(std::span<const Type> inputs) override;
  Flows call_many(Call& call, const Flows& inputs) const override;

 private:
  /// Axis of the input that is summed over, of `x`.
  int axis_of(size_t input, const Shape& x) const;

  AxisList axes_;
  bool normalize_;
};

}  // namespace reel
