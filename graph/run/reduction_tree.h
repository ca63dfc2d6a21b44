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
