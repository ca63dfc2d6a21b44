#include "reel/models/data/sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "reel/graph/error.h"

namespace reel {

Tensor pad_sequences(const std::vector<std::vector<int32_t>>& sequences, const PadOptions& options) {
  if (options.maxlen && *options.maxlen < 1) {
    throw ValueError(fmt::format("pad_sequences: expected maxlen >= 1, got {}", *options.maxlen));
  }
  size_t length = 0;
  if (options.maxlen) {
    length = static_cast<size_t>(*options.maxlen);
  } else {
    for (const auto& sequence : sequences) length = std::max(length, sequence.size());
  }
  Tensor out(DType::i32, {static_cast<int64_t>(sequences.size()), static_cast<int64_t>(length)});
  std::span<int32_t> rest = out.data<int32_t>();
  std::fill(rest.begin(), rest.end(), options.value);
  for (const std::span<const int32_t> sequence : sequences) {
    const size_t kept = std::min(sequence.size(), length);
    const auto part = options.truncating == Side::pre ? sequence.last(kept) : sequence.first(kept);
    std::copy(part.begin(), part.end(), rest.begin() + (options.padding == Side::pre ? length - kept : 0));
    rest = rest.subspan(length);
  }
  return out;
}

}  // namespace reel
