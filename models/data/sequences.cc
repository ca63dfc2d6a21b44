#include "reel/models/data/sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"

namespace reel {
namespace {

using Sequences = std::span<const std::vector<int32_t>>;

template <class All>
int64_t steps_of(const All& sequences, const std::optional<int64_t>& maxlen) {
  if (maxlen && *maxlen < 1) throw ValueError(fmt::format("pad_sequences: expected maxlen >= 1, got {}", *maxlen));
  if (maxlen) return *maxlen;
  size_t longest = 0;
  for (const auto& sequence : sequences) longest = std::max(longest, sequence.size());
  return static_cast<int64_t>(longest);
}

/// What of a sequence stands in a row of so many elements.
template <class T>
std::span<const T> kept(const std::vector<T>& sequence, size_t most, Side truncating) {
  const std::span<const T> all(sequence);
  const size_t count = std::min(all.size(), most);
  return truncating == Side::pre ? all.last(count) : all.first(count);
}

template <class T>
void write_row(std::span<const T> elements, Side padding, const T& value, std::span<T> row) {
  const size_t missing = row.size() - elements.size();
  const bool is_pre = padding == Side::pre;
  std::fill_n(row.begin() + static_cast<ptrdiff_t>(is_pre ? 0 : elements.size()), missing, value);
  std::copy(elements.begin(), elements.end(), row.begin() + static_cast<ptrdiff_t>(is_pre ? missing : 0));
}

void need_sequences(bool are_there, const std::optional<int64_t>& maxlen) {
  if (!are_there && !maxlen)
    throw ValueError("pad_sequences: expected a sequence, whose length would tell maxlen, got none");
}

}  // namespace

Side side_named(std::string_view word, std::string_view what) {
  if (word == "pre") return Side::pre;
  if (word == "post") return Side::post;
  throw ValueError(fmt::format("{} must be \"pre\" or \"post\", got \"{}\"", what, excerpt(word)));
}

void check_width(int64_t width, int64_t expected) {
  if (width == expected) return;
  throw ShapeError(fmt::format("pad_sequences: elements have {} numbers each, got one of {}", expected, width));
}

Tensor pad_elements(const std::vector<std::vector<double>>& sequences, int64_t width, const PadOptions& options) {
  need_sequences(!sequences.empty(), options.maxlen);
  const auto in_each = static_cast<size_t>(std::max<int64_t>(width, 1));
  int64_t steps = steps_of(sequences, options.maxlen);
  if (!options.maxlen) steps /= static_cast<int64_t>(in_each);
  const size_t in_row = static_cast<size_t>(steps) * in_each;
  Tensor all(DType::f64, {static_cast<int64_t>(sequences.size()), static_cast<int64_t>(in_row)});
  std::span<double> rest = all.data<double>();
  for (const std::vector<double>& sequence : sequences) {
    write_row(kept(sequence, in_row, options.truncating), options.padding, options.value, rest.first(in_row));
    rest = rest.subspan(in_row);
  }
  if (width > 0) all = all.reshaped({all.shape()[0], steps, width});
  return all.cast(options.dtype);
}

Strings pad_texts(const std::vector<std::vector<std::string>>& sequences, const PadTextOptions& options) {
  need_sequences(!sequences.empty(), options.maxlen);
  const int64_t steps = steps_of(sequences, options.maxlen);
  std::vector<std::string> all(sequences.size() * static_cast<size_t>(steps));
  std::span<std::string> rest(all);
  for (const std::vector<std::string>& sequence : sequences) {
    const auto in_row = static_cast<size_t>(steps);
    write_row(kept(sequence, in_row, options.truncating), options.padding, options.value, rest.first(in_row));
    rest = rest.subspan(in_row);
  }
  return {Shape{static_cast<int64_t>(sequences.size()), steps}, std::move(all)};
}

Tensor pad_sequences(const std::vector<std::vector<int32_t>>& sequences, const PadOptions& options) {
  if (options.dtype != DType::i32) return pad_sequences<int32_t>(sequences, options);
  need_sequences(!sequences.empty(), options.maxlen);
  const int64_t steps = steps_of(sequences, options.maxlen);
  const auto value = static_cast<int32_t>(options.value);
  Tensor out(DType::i32, {static_cast<int64_t>(sequences.size()), steps});
  std::span<int32_t> rest = out.data<int32_t>();
  for (const auto& sequence : sequences) {
    write_row(kept(sequence, static_cast<size_t>(steps), options.truncating), options.padding, value,
              rest.first(static_cast<size_t>(steps)));
    rest = rest.subspan(static_cast<size_t>(steps));
  }
  return out;
}

PaddedSequences::PaddedSequences(Sequences sequences, const PadOptions& options)
    : steps_(steps_of(sequences, options.maxlen)),
      padding_(options.padding),
      value_(static_cast<int32_t>(options.value)),
      begins_{0} {
  [[maybe_unused]] const Shape shape{static_cast<int64_t>(sequences.size()), steps_};  // refuses what no tensor has
  begins_.reserve(sequences.size() + 1);
  for (const auto& sequence : sequences) {
    begins_.push_back(begins_.back() + kept(sequence, static_cast<size_t>(steps_), options.truncating).size());
  }
  elements_.reserve(begins_.back());
  for (const auto& sequence : sequences) {
    const auto elements = kept(sequence, static_cast<size_t>(steps_), options.truncating);
    elements_.insert(elements_.end(), elements.begin(), elements.end());
  }
}

void PaddedSequences::read(std::span<const int64_t> numbers, Tensor& to) const {
  check_read(type(), numbers, to);
  const size_t steps = static_cast<size_t>(steps_);
  std::span<int32_t> rest = to.data<int32_t>();
  for (const int64_t row : numbers) {
    const auto elements = std::span<const int32_t>(elements_).subspan(begins_[row], begins_[row + 1] - begins_[row]);
    write_row(elements, padding_, value_, rest.first(steps));
    rest = rest.subspan(steps);
  }
}

}  // namespace reel
