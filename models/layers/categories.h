// Categories on the host: indices as they are, or encoded as vectors of what categories there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

/// An index of this is of no category: nothing stands for it.
inline constexpr int64_t kNoCategory = -1;

/// What indices become.
struct CategoryCode {
  std::string_view layer;               ///< begins messages
  std::string_view mode;                ///< "int", "one_hot", "multi_hot", "count", "tf_idf"
  int64_t depth = 0;                    ///< how many categories there are; not asked of "int"
  std::span<const float> weights = {};  ///< of "tf_idf", by category
};

/// Lists of indices, of which each row of [n, depth] tells which there are or how often: "multi_hot", "count",
/// "tf_idf".
Tensor encoded_lists(const std::vector<std::vector<int64_t>>& lists, const CategoryCode& code);

/// Indices of this shape, [n, ...]: "int" i32 [n, ...]; "one_hot" f32 [n, ..., depth], where a last axis of extent 1
/// goes; else [n, ..., k] -> f32 [n, ..., depth]. Throws ShapeError where there is no axis to count along.
Tensor encoded_indices(std::span<const int64_t> indices, const Shape& shape, const CategoryCode& code);

/// What these give of values like these.
SymbolicType encoded_type(const SymbolicType& input, const CategoryCode& code);

}  // namespace reel
