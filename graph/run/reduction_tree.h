// The fixed binary tree that joins what tiles have accumulated. Its form depends on the number of tiles alone, so the
// sums are the same bits whichever thread ran which tile, and in whichever order they were done.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "reel/graph/plan/frame.h"

namespace reel {

/// The way of a leaf's sum up the tree. Inner nodes are counted level by level, the lowest first.
class TreeClimb {
 public:
  TreeClimb(int64_t leaf, int64_t leaves) : index_(leaf), count_(leaves) {}

  bool at_root() const { return count_ <= 1; }
  /// Number of the inner node above, or at the root, of all there are.
  int64_t place() const { return at_root() ? level_ : level_ + index_ / 2; }
  bool is_left() const { return index_ % 2 == 0; }
  /// Whether there is another sum to join on the way up; an odd one out goes up as it is.
  bool has_sibling() const { return (index_ ^ 1) < count_; }
  void go_up() {
    count_ = (count_ + 1) / 2;
    level_ += count_;
    index_ /= 2;
  }

  static int64_t inner_nodes(int64_t leaves) {
    int64_t inner = 0;
    for (; leaves > 1; leaves = (leaves + 1) / 2) inner += (leaves + 1) / 2;
    return inner;
  }

 private:
  int64_t index_, count_, level_ = 0;  // among `count_` of its level, whose nodes above begin at `level_`
};

/// Where nothing else is left to do, joins can be put off and then be split by elements among threads: parts of frames
/// are joined by themselves, each by the same tree.
class ReductionTree {
 public:
  explicit ReductionTree(FrameLayout layout);

  /// Makes ready for `tiles` tiles; gives back the frame of the last run.
  void start(int64_t tiles);
  /// A frame for a tile, zeroed as its layout says, or all of it. Thread-safe.
  std::byte* lease(bool zero_all = false);
  /// Hands in the frame of `tile`, and joins it with its sibling's if that is in, and so on up. With `puts_off`, this
  /// and all later joins wait until every tile is in, if frames are large enough to be split. Thread-safe.
  void deposit(int64_t tile, std::byte* frame, bool puts_off = false);
  /// How many parts are to be joined once every tile is in; 0 where all joins are done.
  int64_t parts_put_off() const { return puts_off_ ? static_cast<int64_t>(parts_.size()) : 0; }
  /// Does all joins of such a part. Thread-safe for different parts.
  void join_part(int64_t part) const;
  /// The sum over all tiles, once every one has been deposited and joined; valid until the next `start`.
  std::byte* root() const { return root_; }

 private:
  /// Of a dense sum bytes [begin, end), of a sparse one rows.
  struct Part {
    const SparseSum* sparse;
    size_t begin, end;
  };
  struct Join {
    std::byte *left, *right;
  };

  void join(const Part& part, const Join& frames) const;
  void release(std::byte* frame);

  const FrameLayout layout_;
  std::vector<Part> parts_;
  int64_t tiles_ = 0;
  std::byte* root_ = nullptr;
  std::vector<std::atomic<std::byte*>> waiting_;  // per inner node: the frame of the child that came first
  std::atomic<bool> puts_off_ = false;            // from then on
  std::mutex mutex_;
  std::vector<Join> put_off_;  // each after those whose sums it joins
  std::vector<std::shared_ptr<std::byte[]>> frames_;
  std::vector<std::byte*> free_;
};

}  // namespace reel
