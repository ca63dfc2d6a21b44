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

class ReductionTree {
 public:
  explicit ReductionTree(FrameLayout layout) : layout_(std::move(layout)) {}

  /// Makes ready for `tiles` tiles; gives back the frame of the last run.
  void start(int64_t tiles);
  /// A frame for a tile, zeroed as its layout says, or all of it. Thread-safe.
  std::byte* lease(bool zero_all = false);
  /// Hands in the frame of `tile`, and joins it with its sibling's if that is in, and so on up. Thread-safe.
  void deposit(int64_t tile, std::byte* frame);
  /// The sum over all tiles, once every one has been deposited; valid until the next `start`.
  std::byte* root() const { return root_; }

 private:
  void join(std::byte* left, std::byte* right) const;
  void zero_unmarked_rows(std::byte* frame) const;
  void release(std::byte* frame);

  FrameLayout layout_;
  int64_t tiles_ = 0;
  std::byte* root_ = nullptr;
  std::vector<std::atomic<std::byte*>> waiting_;  // per inner node: the frame of the child that came first
  std::mutex mutex_;
  std::vector<std::shared_ptr<std::byte[]>> frames_;
  std::vector<std::byte*> free_;
};

}  // namespace reel
