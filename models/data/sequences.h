// Sequences of unequal length as one tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// Which end of a sequence: before its first element or after its last.
enum class Side : uint8_t { pre, post };

struct PadOptions {
  /// Steps of every row; without it the longest sequence's length.
  std::optional<int64_t> maxlen = {};
  /// Where short sequences are filled with `value`.
  Side padding = Side::pre;
  /// Where long sequences lose elements: `pre` keeps the last `maxlen`.
  Side truncating = Side::pre;
  int32_t value = 0;
};

/// The sequences cut or filled to equal length, i32 [n, maxlen]; an empty one becomes a row of `value`. Throws
/// ValueError for maxlen < 1. Source: Keras `utils.pad_sequences`.
Tensor pad_sequences(const std::vector<std::vector<int32_t>>& sequences, const PadOptions& options = {});

}  // namespace reel
