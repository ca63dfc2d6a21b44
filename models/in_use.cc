#include "reel/models/in_use.h"

namespace reel {

const char* UseCount::take(Access access, uint32_t mine, const char* call) noexcept {
  constexpr auto kWrite = static_cast<uint32_t>(Access::write);
  uint32_t now = counts_.load(std::memory_order_relaxed);
  do {
    const uint32_t others = now - mine;
    if (others >= kWrite || (others > 0 && access == Access::write)) return call_.load(std::memory_order_relaxed);
  } while (!counts_.compare_exchange_weak(now, now + static_cast<uint32_t>(access), std::memory_order_acquire,
                                          std::memory_order_relaxed));
  if (now == 0) call_.store(call, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace reel
