// Rows whose sequences begin alike have, up to there, the same states: the tree of what they share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reel {

/// Which rows a value of the batch has: all of them, or one for each distinct prefix of `depth` steps.
using RowSpace = int32_t;
inline constexpr RowSpace kAllRows = -1;

/// The distinct prefixes of a tile's sequences, for each of its leaves by itself: rows of different leaves share
/// nothing. At depth d the rows of a leaf fall into groups that agree in their first d ids; groups are numbered leaf
/// after leaf, and so that those of one parent follow one another.
class PrefixTree {
 public:
  /// Some rows, or groups, that follow one another.
  struct Range {
    int64_t begin, count;
  };

  /// ids: [row_count, steps], int32; every `leaf_rows` rows are a leaf.
  void build(const int32_t* ids, int64_t row_count, int64_t steps, int64_t leaf_rows);

  int64_t row_count() const { return static_cast<int64_t>(order_.size()); }
  /// Rows that a value in `space` has.
  int64_t count(RowSpace space) const {
    return space == kAllRows ? row_count() : static_cast<int64_t>(starts(space).size());
  }
  /// Those of one leaf among them.
  Range leaf(RowSpace space, int64_t number) const;
  /// For each group at depth `space`: the first of its rows, counted in sorted order.
  std::span<const int32_t> starts(RowSpace space) const { return starts_[version_[space]]; }
  /// The sorted rows: order()[i] is the row of the tile that comes i-th.
  std::span<const int32_t> order() const { return order_; }
  /// Groups at depths 1 .. steps: the work that is left.
  int64_t total() const { return total_; }

 private:
  std::vector<int32_t> order_;
  std::vector<int32_t> shared_;  // with the row before, in sorted order: ids they have in common; -1 in others' leaf
  std::vector<int32_t> splits_;  // depths after which a new set of groups begins
  std::vector<std::vector<int32_t>> starts_;  // one for each set of groups that occurs
  std::vector<int32_t> version_;              // by depth: which set
  int64_t leaf_rows_ = 1;
  int64_t total_ = 0;
};

}  // namespace reel
