#include "reel/graph/run/reduction_tree.h"

#include <cstring>

#include "reel/graph/tensor.h"

namespace reel {

void ReductionTree::start(int64_t tiles) {
  if (tiles != tiles_) {
    int64_t inner = 0;
    for (int64_t count = tiles; count > 1; count = (count + 1) / 2) inner += (count + 1) / 2;
    waiting_ = std::vector<std::atomic<std::byte*>>(static_cast<size_t>(inner));
    tiles_ = tiles;
  }
  // A run that threw may have left frames behind, so everything starts anew.
  for (auto& slot : waiting_) slot.store(nullptr, std::memory_order_relaxed);
  free_.clear();
  for (const auto& frame : frames_) free_.push_back(frame.get());
  root_ = nullptr;
}

std::byte* ReductionTree::lease() {
  std::byte* frame = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      frames_.push_back(allocate(bytes_));
      free_.reserve(frames_.size());
      frame = frames_.back().get();
    } else {
      frame = free_.back();
      free_.pop_back();
    }
  }
  std::memset(frame, 0, bytes_);
  return frame;
}

void ReductionTree::release(std::byte* frame) {
  const std::lock_guard lock(mutex_);
  free_.push_back(frame);
}

void ReductionTree::deposit(int64_t tile, std::byte* frame) {
  int64_t index = tile, count = tiles_, level = 0;
  while (count > 1) {
    const bool has_sibling = (index ^ 1) < count;
    if (has_sibling) {
      std::byte* other = waiting_[static_cast<size_t>(level + index / 2)].exchange(frame, std::memory_order_acq_rel);
      if (other == nullptr) return;  // the sibling's tile goes on from here
      std::byte* left = index % 2 == 0 ? frame : other;
      std::byte* right = index % 2 == 0 ? other : frame;
      join(left, right);
      release(right);
      frame = left;
    }
    level += (count + 1) / 2;
    index /= 2;
    count = (count + 1) / 2;
  }
  root_ = frame;
}

void ReductionTree::join(std::byte* left, const std::byte* right) const {
  float* a = reinterpret_cast<float*>(left);
  const float* b = reinterpret_cast<const float*>(right);
  for (size_t i = 0; i < f64_begin_ / sizeof(float); ++i) a[i] += b[i];
  double* c = reinterpret_cast<double*>(left + f64_begin_);
  const double* d = reinterpret_cast<const double*>(right + f64_begin_);
  for (size_t i = 0; i < (bytes_ - f64_begin_) / sizeof(double); ++i) c[i] += d[i];
}

}  // namespace reel
