#include "reel/graph/run/reduction_tree.h"

#include <cstring>

#include "reel/graph/run/rehearsal.h"
#include "reel/graph/tensor.h"

namespace reel {
namespace {

template <class T>
void add(std::byte* left, const std::byte* right, size_t bytes) {
  T* a = reinterpret_cast<T*>(left);
  const T* b = reinterpret_cast<const T*>(right);
  for (size_t i = 0; i < bytes / sizeof(T); ++i) a[i] += b[i];
}

uint64_t* marks_of(const SparseSum& sum, std::byte* frame) { return reinterpret_cast<uint64_t*>(frame + sum.marks); }

/// What only the right frame has is taken over, and what both have is added.
void join_rows(const SparseSum& sum, std::byte* left, std::byte* right) {
  uint64_t *to = marks_of(sum, left), *from = marks_of(sum, right);
  for (int64_t row = 0; row < sum.rows; ++row) {
    if (!is_marked(from, row)) continue;
    const size_t at = sum.begin + static_cast<size_t>(row) * sum.row_bytes;
    if (mark(to, row)) {
      std::memcpy(left + at, right + at, sum.row_bytes);
    } else {
      sum.wide ? add<double>(left + at, right + at, sum.row_bytes) : add<float>(left + at, right + at, sum.row_bytes);
    }
  }
}

}  // namespace

void ReductionTree::start(int64_t tiles) {
  if (tiles != tiles_) {
    waiting_ = std::vector<std::atomic<std::byte*>>(static_cast<size_t>(TreeClimb::inner_nodes(tiles)));
    tiles_ = tiles;
  }
  // A run that threw may have left frames behind, so everything starts anew.
  for (auto& slot : waiting_) slot.store(nullptr, std::memory_order_relaxed);
  free_.clear();
  for (const auto& frame : frames_) free_.push_back(frame.get());
  root_ = nullptr;
}

std::byte* ReductionTree::lease(bool zero_all) {
  std::byte* frame = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      frames_.push_back(allocate(layout_.bytes, "the sums over tiles"));
      free_.reserve(frames_.size());
      frame = frames_.back().get();
    } else {
      frame = free_.back();
      free_.pop_back();
    }
  }
  std::memset(frame, 0, zero_all ? layout_.bytes : layout_.zeroed);
  return frame;
}

void ReductionTree::release(std::byte* frame) {
  const std::lock_guard lock(mutex_);
  free_.push_back(frame);
}

void ReductionTree::deposit(int64_t tile, std::byte* frame) {
  Rehearsal* rehearsal = Rehearsal::current();
  TreeClimb climb(tile, tiles_);
  for (; !climb.at_root(); climb.go_up()) {
    if (!climb.has_sibling()) continue;
    std::byte* other = waiting_[static_cast<size_t>(climb.place())].exchange(frame, std::memory_order_acq_rel);
    if (other == nullptr) return;  // the sibling's tile goes on from here
    const CostTimer timer(rehearsal ? rehearsal->join(climb.place()) : nullptr);
    std::byte* left = climb.is_left() ? frame : other;
    std::byte* right = climb.is_left() ? other : frame;
    join(left, right);
    release(right);
    frame = left;
  }
  const CostTimer timer(rehearsal ? rehearsal->join(climb.place()) : nullptr);
  zero_unmarked_rows(frame);
  root_ = frame;
}

void ReductionTree::join(std::byte* left, std::byte* right) const {
  add<float>(left, right, layout_.f64_begin);
  add<double>(left + layout_.f64_begin, right + layout_.f64_begin, layout_.dense - layout_.f64_begin);
  for (const SparseSum& sum : layout_.sparse) join_rows(sum, left, right);
}

void ReductionTree::zero_unmarked_rows(std::byte* frame) const {
  for (const SparseSum& sum : layout_.sparse) {
    for (int64_t row = 0; row < sum.rows; ++row) {
      if (!is_marked(marks_of(sum, frame), row)) {
        std::memset(frame + sum.begin + static_cast<size_t>(row) * sum.row_bytes, 0, sum.row_bytes);
      }
    }
  }
}

}  // namespace reel
