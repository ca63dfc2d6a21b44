// Sequences of unequal length as one tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/layer/strings.h"
#include "reel/models/training/samples.h"

namespace reel {

/// Which end of a sequence: before its first element or after its last.
enum class Side : uint8_t { pre, post };
/// By Keras's words. Throws ValueError, which begins with `what`, for others.
Side side_named(std::string_view word, std::string_view what);

struct PadOptions {
  /// Steps of every row; without it the longest sequence's length.
  std::optional<int64_t> maxlen = {};
  /// Where short sequences are filled with `value`.
  Side padding = Side::pre;
  /// Where long sequences lose elements: `pre` keeps the last `maxlen`.
  Side truncating = Side::pre;
  double value = 0;
  DType dtype = DType::i32;  ///< of the result; whole numbers are cut off toward zero
};

/// Elements of `width` numbers each, or one of a width of 0.
Tensor pad_elements(const std::vector<std::vector<double>>& sequences, int64_t width, const PadOptions& options);
/// Throws ShapeError unless an element is as wide as those before it.
void check_width(int64_t width, int64_t expected);

/// The sequences cut or filled to equal length, [n, maxlen]; an empty one becomes a row of `value`. Throws ValueError
/// for maxlen < 1, and for no sequences where their length tells it. Source: Keras `utils.pad_sequences`.
Tensor pad_sequences(const std::vector<std::vector<int32_t>>& sequences, const PadOptions& options = {});

/// The same of any numbers, of type `options.dtype`, which as in Keras is i32 unless it is said.
template <class T>
requires std::is_arithmetic_v<T> Tensor pad_sequences(const std::vector<std::vector<T>>& sequences,
                                                      const PadOptions& options = {}) {
  std::vector<std::vector<double>> all;
  for (const auto& sequence : sequences) all.emplace_back(sequence.begin(), sequence.end());
  return pad_elements(all, 0, options);
}
/// The same of vectors of equal length: [n, maxlen, width]. Throws ShapeError for others.
template <class T>
requires std::is_arithmetic_v<T> Tensor pad_sequences(const std::vector<std::vector<std::vector<T>>>& sequences,
                                                      const PadOptions& options = {}) {
  std::vector<std::vector<double>> all;
  int64_t width = 0;
  for (const auto& sequence : sequences) {
    all.emplace_back();
    for (const std::vector<T>& element : sequence) {
      width = width == 0 ? static_cast<int64_t>(element.size()) : width;
      check_width(static_cast<int64_t>(element.size()), width);
      all.back().insert(all.back().end(), element.begin(), element.end());
    }
  }
  return pad_elements(all, width, options);
}

struct PadTextOptions {
  std::optional<int64_t> maxlen = {};
  Side padding = Side::pre, truncating = Side::pre;
  std::string value = "";
};
Strings pad_texts(const std::vector<std::vector<std::string>>& sequences, const PadTextOptions& options = {});
/// The same of texts.
template <class T>
requires std::is_same_v<T, std::string> Strings pad_sequences(const std::vector<std::vector<T>>& sequences,
                                                              const PadTextOptions& options = {}) {
  return pad_texts(sequences, options);
}

/// The rows that `pad_sequences` makes, each when it is read: what is held in memory are the elements, not the padding.
class PaddedSequences final : public SampleSource {
 public:
  /// Throws ValueError for maxlen < 1, ShapeError for one of more elements than a tensor has.
  explicit PaddedSequences(std::span<const std::vector<int32_t>> sequences, const PadOptions& options = {});
  Type type() const override { return {DType::i32, {static_cast<int64_t>(begins_.size()) - 1, steps_}}; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override;
  bool reads_ahead() const override { return false; }  // copying ids is no work for a thread of its own

 private:
  int64_t steps_;
  Side padding_;
  int32_t value_;
  std::vector<int32_t> elements_;  // those that are kept, of all sequences
  std::vector<size_t> begins_;     // of each among them, and the end of the last
};

}  // namespace reel
