#include "reel/models/data/sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Sequences = std::span<const std::vector<int32_t>>;

int64_t steps_of(Sequences sequences, const PadOptions& options) {
  if (options.maxlen && *options.maxlen < 1) {
    throw ValueError(fmt::format("pad_sequences: expected maxlen >= 1, got {}", *options.maxlen));
  }
  if (options.maxlen) return *options.maxlen;
  size_t longest = 0;
  for (const auto& sequence : sequences) longest = std::max(longest, sequence.size());
  return static_cast<int64_t>(longest);
}

/// What of a sequence stands in a row of so many steps.
std::span<const int32_t> kept(std::span<const int32_t> sequence, int64_t steps, Side truncating) {
  const size_t count = std::min(sequence.size(), static_cast<size_t>(steps));
  return truncating == Side::pre ? sequence.last(count) : sequence.first(count);
}

void write_row(std::span<const int32_t> elements, Side padding, int32_t value, std::span<int32_t> row) {
  const size_t missing = row.size() - elements.size();
  const bool is_pre = padding == Side::pre;
  std::fill_n(row.begin() + (is_pre ? 0 : elements.size()), missing, value);
  std::copy(elements.begin(), elements.end(), row.begin() + (is_pre ? missing : 0));
}

}  // namespace

Tensor pad_sequences(const std::vector<std::vector<int32_t>>& sequences, const PadOptions& options) {
  const int64_t steps = steps_of(sequences, options);
  Tensor out(DType::i32, {static_cast<int64_t>(sequences.size()), steps});
  std::span<int32_t> rest = out.data<int32_t>();
  for (const auto& sequence : sequences) {
    write_row(kept(sequence, steps, options.truncating), options.padding, options.value, rest.first(steps));
    rest = rest.subspan(steps);
  }
  return out;
}

PaddedSequences::PaddedSequences(Sequences sequences, const PadOptions& options)
    : steps_(steps_of(sequences, options)), padding_(options.padding), value_(options.value), begins_{0} {
  [[maybe_unused]] const Shape shape{static_cast<int64_t>(sequences.size()), steps_};  // refuses what no tensor has
  begins_.reserve(sequences.size() + 1);
  for (const auto& sequence : sequences) {
    begins_.push_back(begins_.back() + kept(sequence, steps_, options.truncating).size());
  }
  elements_.reserve(begins_.back());
  for (const auto& sequence : sequences) {
    const auto elements = kept(sequence, steps_, options.truncating);
    elements_.insert(elements_.end(), elements.begin(), elements.end());
  }
}

void PaddedSequences::read(std::span<const int64_t> numbers, Tensor& to) const {
  check_read(type(), numbers, to);
  const size_t steps = static_cast<size_t>(steps_);
  std::span<int32_t> rest = to.data<int32_t>();
  for (const int64_t row : numbers) {
    const auto elements = std::span(elements_).subspan(begins_[row], begins_[row + 1] - begins_[row]);
    write_row(elements, padding_, value_, rest.first(steps));
    rest = rest.subspan(steps);
  }
}

}  // namespace reel
