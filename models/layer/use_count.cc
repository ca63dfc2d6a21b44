#include "reel/models/layer/use_count.h"

namespace reel {
namespace {

constexpr auto kTrain = static_cast<uint32_t>(UseCount::Access::train);

}  // namespace

bool UseCount::excludes(Access access, uint32_t others) {
  constexpr auto kChange = static_cast<uint32_t>(Access::change);
  if (access == Access::change) return others > 0;
  return others >= (access == Access::train ? kTrain : kChange);
}

const char* UseCount::take(Access access, uint32_t mine, const char* call) noexcept {
  uint32_t now = counts_.load(std::memory_order_relaxed);
  do {
    const uint32_t others = now - mine;
    if (excludes(access, others)) return (others >= kTrain ? writer_ : call_).load(std::memory_order_relaxed);
  } while (!counts_.compare_exchange_weak(now, now + static_cast<uint32_t>(access), std::memory_order_acquire,
                                          std::memory_order_relaxed));
  if (now == 0) call_.store(call, std::memory_order_relaxed);
  if (access != Access::read && now - mine < kTrain) writer_.store(call, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace reel
