#include "reel/graph/prefix_tree.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace reel {

void PrefixTree::build(const int32_t* ids, int64_t row_count, int64_t steps, int64_t leaf_rows) {
  leaf_rows_ = leaf_rows;
  const auto row = [&](int32_t r) { return ids + r * steps; };
  order_.resize(static_cast<size_t>(row_count));
  std::iota(order_.begin(), order_.end(), 0);
  // Any order in which equal prefixes are neighbours will do, so bytes are compared; ties by row keep it definite.
  const size_t bytes = static_cast<size_t>(steps) * sizeof(int32_t);
  for (int64_t begin = 0; begin < row_count; begin += leaf_rows) {
    const auto first = order_.begin() + begin, last = order_.begin() + std::min(begin + leaf_rows, row_count);
    std::sort(first, last, [&](int32_t a, int32_t b) {
      const int difference = std::memcmp(row(a), row(b), bytes);
      return difference != 0 ? difference < 0 : a < b;
    });
  }
  shared_.assign(order_.size(), -1);
  std::vector<int32_t>& splits = splits_;
  splits.clear();
  for (size_t i = 1; i < order_.size(); ++i) {
    if (static_cast<int64_t>(i) % leaf_rows == 0) continue;
    const int32_t *a = row(order_[i - 1]), *b = row(order_[i]);
    shared_[i] = static_cast<int32_t>(std::mismatch(a, a + steps, b).first - a);
    splits.push_back(shared_[i]);
  }
  std::sort(splits.begin(), splits.end());
  splits.erase(std::unique(splits.begin(), splits.end()), splits.end());

  version_.resize(static_cast<size_t>(steps) + 1);
  if (starts_.size() <= splits.size())
    starts_.resize(splits.size() + 1);  // never shrinks: what is there keeps its memory
  size_t version = 0;
  total_ = 0;
  for (int32_t depth = 0; depth <= steps; ++depth) {
    const bool is_new = depth == 0 || (version < splits.size() && splits[version] < depth);
    if (is_new && depth > 0) ++version;
    version_[depth] = static_cast<int32_t>(version);
    std::vector<int32_t>& starts = starts_[version];
    if (is_new) {
      starts.clear();
      for (size_t i = 0; i < order_.size(); ++i) {
        if (shared_[i] < depth) starts.push_back(static_cast<int32_t>(i));
      }
    }
    if (depth > 0) total_ += static_cast<int64_t>(starts.size());
  }
}

PrefixTree::Range PrefixTree::leaf(RowSpace space, int64_t number) const {
  const int64_t first = number * leaf_rows_, end = std::min(first + leaf_rows_, row_count());
  if (space == kAllRows) return {first, end - first};
  const std::span<const int32_t> groups = starts(space);
  const auto at = [&](int64_t row) { return std::lower_bound(groups.begin(), groups.end(), row) - groups.begin(); };
  return {at(first), at(end) - at(first)};
}

}  // namespace reel
