#include "reel/graph/plan/arena.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "reel/graph/plan/align.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

/// Slots of a multiple of the page's size would put a row of one value and the same row of the next at addresses that
/// the processor's cache and store buffer take for one another; an odd number of lines more keeps them apart.
int64_t staggered(int64_t bytes) {
  constexpr int64_t kPage = 4096, kStagger = 9 * kAlign;
  return aligned(bytes) + (aligned(bytes) % kPage == 0 ? kStagger : 0);
}

/// Offsets in one growing block; freed ranges are reused, best fit first.
class Slots {
 public:
  int64_t take(int64_t bytes) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->second >= bytes && (best == free_.end() || it->second < best->second)) best = it;
    }
    if (best == free_.end()) {
      const int64_t offset = end_;
      end_ += bytes;
      return offset;
    }
    const auto [offset, size] = *best;
    free_.erase(best);
    if (size > bytes) free_.emplace(offset + bytes, size - bytes);
    return offset;
  }

  void give(int64_t offset, int64_t bytes) {
    auto next = free_.emplace(offset, bytes).first;
    if (const auto after = std::next(next); after != free_.end() && offset + bytes == after->first) {
      next->second += after->second;
      free_.erase(after);
    }
    if (next != free_.begin()) {
      if (const auto before = std::prev(next); before->first + before->second == next->first) {
        before->second += next->second;
        free_.erase(next);
      }
    }
  }

  int64_t end() const { return end_; }

 private:
  std::map<int64_t, int64_t> free_;
  int64_t end_ = 0;
};

/// Lays values out in two parts: those that are kept for long, by value, go to the second.
class ArenaPlanner {
 public:
  ArenaPlanner(std::span<const ArenaValue> values, std::vector<bool> kept)
      : values_(values),
        kept_(std::move(kept)),
        by_death_(values.size()),
        replaced_(values.size()),
        offsets_(values.size()) {
    std::iota(by_death_.begin(), by_death_.end(), 0);
    std::stable_sort(by_death_.begin(), by_death_.end(),
                     [&](int32_t a, int32_t b) { return values[a].death < values[b].death; });
  }

  ArenaLayout run() {
    for (size_t i = 0; i < values_.size(); ++i) {
      give_back_before(values_[i].birth);
      if (!replace(i)) offsets_[i] = slots_of(i).take(staggered(values_[i].bytes));
    }
    for (size_t i = 0; i < values_.size(); ++i) {
      if (kept_[i]) offsets_[i] += soon_.end();
    }
    return {std::move(offsets_), soon_.end() + late_.end()};
  }

 private:
  Slots& slots_of(size_t value) { return kept_[value] ? late_ : soon_; }

  void give_back_before(int32_t birth) {
    for (; next_ < by_death_.size() && values_[by_death_[next_]].death < birth; ++next_) {
      const auto dead = static_cast<size_t>(by_death_[next_]);
      if (!replaced_[dead]) slots_of(dead).give(offsets_[dead], staggered(values_[dead].bytes));
    }
  }

  /// What is kept for long takes no slot that others need soon. The other way about does no harm: a slot whose value
  /// has just been read is near, too.
  bool replace(size_t value) {
    for (const int32_t dying : values_[value].replaceable) {
      if (kept_[value] && !kept_[dying]) continue;
      offsets_[value] = offsets_[dying];
      replaced_[dying] = true;
      kept_[value] = kept_[dying];
      return true;
    }
    return false;
  }

  std::span<const ArenaValue> values_;
  std::vector<bool> kept_;
  std::vector<int32_t> by_death_;
  size_t next_ = 0;  ///< of those by death, the first that has not died
  std::vector<bool> replaced_;
  std::vector<int64_t> offsets_;
  Slots soon_, late_;
};

/// By instruction, zeros up to one past the last death.
std::vector<int64_t> by_instruction(std::span<const ArenaValue> values) {
  int32_t last = -1;
  for (const ArenaValue& value : values) last = std::max(last, value.death);
  return std::vector<int64_t>(static_cast<size_t>(last + 2));
}

/// The most that values of one moment take together.
int64_t most_alive(std::span<const ArenaValue> values) {
  std::vector<int64_t> alive = by_instruction(values);
  for (const ArenaValue& value : values) {
    alive[value.birth] += value.bytes;
    alive[value.death + 1] -= value.bytes;
  }
  std::partial_sum(alive.begin(), alive.end(), alive.begin());
  return *std::max_element(alive.begin(), alive.end());
}

/// By value, whether more is written in its lifetime than a near cache holds.
std::vector<bool> find_kept(std::span<const ArenaValue> values) {
  std::vector<int64_t> written = by_instruction(values);  // before each
  for (const ArenaValue& value : values) written[value.birth + 1] = value.bytes;
  std::partial_sum(written.begin(), written.end(), written.begin());
  std::vector<bool> kept;
  for (const ArenaValue& value : values) kept.push_back(written[value.death] - written[value.birth] > kNearBytes);
  return kept;
}

}  // namespace

ArenaLayout lay_out_arena(std::span<const ArenaValue> values) {
  const bool fits = most_alive(values) <= kNearBytes;
  return ArenaPlanner(values, fits ? std::vector<bool>(values.size()) : find_kept(values)).run();
}

}  // namespace reel
