// The tree of prefixes that rows share, against sets of them.
#include "reel/graph/prefix_tree.h"

#include <catch2/catch.hpp>
#include <set>

#include "reel/graph/random.h"

namespace reel {
namespace {

constexpr int64_t kSteps = 9;

using Prefix = std::vector<int32_t>;

/// Sequences over so few ids that they share prefixes of all lengths.
struct Sequences {
  int64_t count;
  std::vector<int32_t> ids = {};

  Sequences(int64_t rows, uint32_t alphabet, uint64_t seed) : count(rows) {
    Random random(seed);
    for (int64_t i = 0; i < rows * kSteps; ++i) ids.push_back(static_cast<int32_t>(random.below(alphabet)));
  }
  Prefix prefix(int64_t row, int32_t depth) const {
    const auto first = ids.begin() + row * kSteps;
    return {first, first + depth};
  }
  std::set<Prefix> distinct(int64_t begin, int64_t end, int32_t depth) const {
    std::set<Prefix> prefixes;
    for (int64_t row = begin; row < end; ++row) prefixes.insert(prefix(row, depth));
    return prefixes;
  }
};

/// f(sequences, tree, rows of a leaf)
template <class F>
void for_each_tree(F&& f) {
  PrefixTree tree;  // the same for all, as a program builds it again and again
  for (const int64_t row_count : {1, 7, 8, 9, 40, 100}) {
    for (const int64_t leaf_rows : {1, 3, 8, 16, 40, 200}) {
      for (const uint32_t alphabet : {1u, 2u, 5u}) {
        CAPTURE(row_count, leaf_rows, alphabet);
        const Sequences sequences(row_count, alphabet, static_cast<uint64_t>(row_count) + alphabet);
        tree.build(sequences.ids.data(), row_count, kSteps, leaf_rows);
        f(sequences, tree, leaf_rows);
      }
    }
  }
}

TEST_CASE("prefix tree: the groups of a leaf are the distinct prefixes of its rows", "[graph][prefix]") {
  for_each_tree([](const Sequences& sequences, const PrefixTree& tree, int64_t leaf_rows) {
    for (int32_t depth = 0; depth <= kSteps; ++depth) {
      for (int64_t first = 0; first < sequences.count; first += leaf_rows) {
        const PrefixTree::Range range = tree.leaf(depth, first / leaf_rows);
        std::multiset<Prefix> found;
        for (int64_t group = range.begin; group < range.begin + range.count; ++group) {
          const int64_t row = tree.order()[static_cast<size_t>(tree.starts(depth)[static_cast<size_t>(group)])];
          REQUIRE(row / leaf_rows == first / leaf_rows);
          found.insert(sequences.prefix(row, depth));
        }
        const std::set<Prefix> expected =
            sequences.distinct(first, std::min(first + leaf_rows, sequences.count), depth);
        REQUIRE(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
      }
    }
  });
}

TEST_CASE("prefix tree: no group has rows of several leaves, or of several prefixes", "[graph][prefix]") {
  for_each_tree([](const Sequences& sequences, const PrefixTree& tree, int64_t leaf_rows) {
    std::vector<int32_t> sorted(tree.order().begin(), tree.order().end());
    for (int64_t i = 0; i < sequences.count; ++i) {
      REQUIRE(sorted[static_cast<size_t>(i)] / leaf_rows == i / leaf_rows);  // rows stay in their leaf
    }
    for (int32_t depth = 0; depth <= kSteps; ++depth) {
      const std::span<const int32_t> starts = tree.starts(depth);
      REQUIRE(starts[0] == 0);
      for (size_t group = 0; group < starts.size(); ++group) {
        const int32_t begin = starts[group];
        const int64_t end = group + 1 < starts.size() ? starts[group + 1] : sequences.count;
        REQUIRE(begin < end);
        REQUIRE(begin / leaf_rows == (end - 1) / leaf_rows);
        for (int64_t i = begin; i < end; ++i) {
          REQUIRE(sequences.prefix(sorted[static_cast<size_t>(i)], depth) ==
                  sequences.prefix(sorted[static_cast<size_t>(begin)], depth));
        }
      }
    }
    std::sort(sorted.begin(), sorted.end());
    for (int64_t i = 0; i < sequences.count; ++i) REQUIRE(sorted[static_cast<size_t>(i)] == i);
  });
}

TEST_CASE("prefix tree: leaves take all rows and groups, each once and in order", "[graph][prefix]") {
  for_each_tree([](const Sequences& sequences, const PrefixTree& tree, int64_t leaf_rows) {
    const int64_t leaves = (sequences.count + leaf_rows - 1) / leaf_rows;
    int64_t total = 0;
    for (RowSpace space = kAllRows; space <= kSteps; ++space) {
      int64_t end = 0;
      for (int64_t leaf = 0; leaf < leaves; ++leaf) {
        const PrefixTree::Range range = tree.leaf(space, leaf);
        REQUIRE(range.begin == end);
        REQUIRE(range.count > 0);
        end += range.count;
      }
      REQUIRE(end == tree.count(space));
      if (space > 0) total += end;
    }
    CHECK(tree.count(kAllRows) == sequences.count);
    CHECK(tree.count(0) == leaves);
    CHECK(tree.total() == total);
  });
}

TEST_CASE("prefix tree: groups of one parent follow one another", "[graph][prefix]") {
  for_each_tree([](const Sequences& sequences, const PrefixTree& tree, int64_t leaf_rows) {
    for (int32_t depth = 1; depth <= kSteps; ++depth) {
      std::set<std::pair<int64_t, Prefix>> seen;
      std::pair<int64_t, Prefix> last{-1, {}};
      for (const int32_t start : tree.starts(depth)) {
        const int64_t row = tree.order()[static_cast<size_t>(start)];
        const std::pair parent{row / leaf_rows, sequences.prefix(row, depth - 1)};
        if (parent != last) REQUIRE(seen.insert(parent).second);
        last = parent;
      }
    }
  });
}

}  // namespace
}  // namespace reel
