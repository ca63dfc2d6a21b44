// Sequences of unequal length as one tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/training/samples.h"

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

/// The rows that `pad_sequences` makes, each when it is read: what is held in memory are the elements, not the padding.
class PaddedSequences final : public SampleSource {
 public:
  /// Throws ValueError for maxlen < 1, ShapeError for one of more elements than a tensor has.
  explicit PaddedSequences(std::span<const std::vector<int32_t>> sequences, const PadOptions& options = {});
  Type type() const override { return {DType::i32, {static_cast<int64_t>(begins_.size()) - 1, steps_}}; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override;

 private:
  int64_t steps_;
  Side padding_;
  int32_t value_;
  std::vector<int32_t> elements_;  // those that are kept, of all sequences
  std::vector<size_t> begins_;     // of each among them, and the end of the last
};

}  // namespace reel
