#include "reel/graph/run/reduction_tree.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "reel/graph/run/rehearsal.h"
#include "reel/graph/tensor.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

template <class T>
void add(std::byte* left, const std::byte* right, size_t bytes) {
  T* a = reinterpret_cast<T*>(left);
  const T* b = reinterpret_cast<const T*>(right);
  for (size_t i = 0; i < bytes / sizeof(T); ++i) a[i] += b[i];
}

uint64_t* marks_of(const SparseSum& sum, std::byte* frame) { return reinterpret_cast<uint64_t*>(frame + sum.marks); }

/// Calls f(row) for each marked row of [begin, end), which begin at a word of marks.
template <class F>
void for_each_marked(const uint64_t* marks, size_t begin, size_t end, F&& f) {
  for (size_t first = begin; first < end; first += 64) {
    for (uint64_t word = marks[first / 64]; word != 0; word &= word - 1) {
      f(first + static_cast<size_t>(std::countr_zero(word)));
    }
  }
}

/// What only the right frame has is taken over, and what both have is added.
void join_rows(const SparseSum& sum, size_t begin, size_t end, std::byte* left, std::byte* right) {
  uint64_t* to = marks_of(sum, left);
  for_each_marked(marks_of(sum, right), begin, end, [&](size_t row) {
    const size_t at = sum.begin + row * sum.row_bytes;
    if (mark(to, static_cast<int64_t>(row))) {
      std::memcpy(left + at, right + at, sum.row_bytes);
    } else {
      sum.wide ? add<double>(left + at, right + at, sum.row_bytes) : add<float>(left + at, right + at, sum.row_bytes);
    }
  });
}

void zero_unmarked(const SparseSum& sum, size_t begin, size_t end, std::byte* frame) {
  const uint64_t* marks = marks_of(sum, frame);
  for (size_t row = begin; row < end; ++row) {
    if (!is_marked(marks, static_cast<int64_t>(row))) {
      std::memset(frame + sum.begin + row * sum.row_bytes, 0, sum.row_bytes);
    }
  }
}

}  // namespace

/// Parts end where 32- and 64-bit elements do, and words of marks.
ReductionTree::ReductionTree(FrameLayout layout) : layout_(std::move(layout)) {
  for (size_t begin = 0; begin < layout_.dense; begin += kJoinedPartBytes) {
    parts_.push_back({nullptr, begin, std::min(begin + kJoinedPartBytes, layout_.dense)});
  }
  for (const SparseSum& sum : layout_.sparse) {
    const size_t count = static_cast<size_t>(sum.rows),
                 step = std::max<size_t>(1, kJoinedPartBytes / sum.row_bytes / 64) * 64;
    for (size_t begin = 0; begin < count; begin += step) parts_.push_back({&sum, begin, std::min(begin + step, count)});
  }
}

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
  puts_off_ = false;
  put_off_.clear();
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

void ReductionTree::deposit(int64_t tile, std::byte* frame, bool puts_off) {
  Rehearsal* rehearsal = Rehearsal::current();
  if (puts_off && layout_.bytes >= kWorthSplittingBytes) puts_off_.store(true, std::memory_order_relaxed);
  TreeClimb climb(tile, tiles_);
  for (; !climb.at_root(); climb.go_up()) {
    if (!climb.has_sibling()) continue;
    std::byte* other = waiting_[static_cast<size_t>(climb.place())].exchange(frame, std::memory_order_acq_rel);
    if (other == nullptr) return;  // the sibling's tile goes on from here
    const CostTimer timer(rehearsal ? rehearsal->join(climb.place()) : nullptr);
    const Join frames = climb.is_left() ? Join{frame, other} : Join{other, frame};
    frame = frames.left;
    // Whoever has put off a join of either frame did so before it handed that frame in.
    if (puts_off_.load(std::memory_order_relaxed)) {
      const std::lock_guard lock(mutex_);
      put_off_.push_back(frames);
    } else {
      for (const Part& part : parts_) join(part, frames);
      release(frames.right);
    }
  }
  root_ = frame;
  if (puts_off_.load(std::memory_order_relaxed)) return;
  const CostTimer timer(rehearsal ? rehearsal->join(climb.place()) : nullptr);
  for (const SparseSum& sum : layout_.sparse) zero_unmarked(sum, 0, static_cast<size_t>(sum.rows), frame);
}

void ReductionTree::join_part(int64_t index) const {
  const Part& part = parts_[static_cast<size_t>(index)];
  for (const Join& frames : put_off_) join(part, frames);
  if (part.sparse != nullptr) zero_unmarked(*part.sparse, part.begin, part.end, root_);
}

void ReductionTree::join(const Part& part, const Join& frames) const {
  if (part.sparse != nullptr) return join_rows(*part.sparse, part.begin, part.end, frames.left, frames.right);
  const size_t middle = std::clamp(layout_.f64_begin, part.begin, part.end);
  add<float>(frames.left + part.begin, frames.right + part.begin, middle - part.begin);
  add<double>(frames.left + middle, frames.right + middle, part.end - middle);
}

}  // namespace reel
