// What Keras's utils do to arrays before they are trained on: classes as vectors, vectors of length 1, two parts.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// 1 at the class, else 0: [...] or [..., 1] -> f32 [..., num_classes]; without a number, there is one class more than
/// the largest. Fractions are cut off, and negative classes count from the end. Throws ValueError for what is no class.
/// keras.utils.to_categorical.
Tensor to_categorical(const Tensor& classes, std::optional<int64_t> num_classes = {});

/// x / (sum of |x|^order along an axis)^(1 / order), and x where that is 0. Throws ValueError for an order of 0 or
/// less, ShapeError for an axis that is not there. keras.utils.normalize, which divides by the norms of another axis if
/// it is asked for the first.
Tensor normalize(const Tensor& x, int axis = -1, double order = 2);

/// A number of rows, or a share of them: `4`, `0.25`; or whatever the other part leaves.
using PartSize = std::variant<std::monostate, int64_t, double>;

struct SplitOptions {
  PartSize left_size = {}, right_size = {};
  std::optional<int64_t> shuffle_seed = {};  ///< rows in the order that Python's random.shuffle brings them into first
};

/// The first rows and the last of so many. Throws ValueError for sizes that are none, and for an empty part.
struct SplitRows {
  std::vector<int64_t> left, right;
};
SplitRows split_rows(int64_t count, const SplitOptions& options);
/// Rows [n, ...] in two parts. keras.utils.split_dataset.
std::pair<Tensor, Tensor> split_dataset(const Tensor& rows_of, const SplitOptions& options);

}  // namespace reel
