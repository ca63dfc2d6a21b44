#include "reel/autodiff/checking/guarded.h"

#include <algorithm>
#include <cstdint>

#include "reel/graph/plan/align.h"

namespace reel::checking {

Guarded::Guarded(size_t bytes, size_t offset, std::byte filler)
    : memory_(bytes + 2 * kGuard + size_t{kAlign}, filler), bytes_(bytes), filler_(filler) {
  constexpr size_t kUnit = kAlign;
  const size_t guarded = reinterpret_cast<uintptr_t>(memory_.data()) + kGuard;
  begin_ = kGuard + (offset % kUnit + kUnit - guarded % kUnit) % kUnit;
}

std::optional<ptrdiff_t> Guarded::touched() const {
  const auto is_touched = [&](std::byte byte) { return byte != filler_; };
  const auto begin = memory_.begin() + static_cast<ptrdiff_t>(begin_), end = begin + static_cast<ptrdiff_t>(bytes_);
  if (const auto at = std::find_if(memory_.begin(), begin, is_touched); at != begin) return at - begin;
  if (const auto at = std::find_if(end, memory_.end(), is_touched); at != memory_.end()) return at - begin;
  return std::nullopt;
}

}  // namespace reel::checking
