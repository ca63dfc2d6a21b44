// Which calls are in progress on a model and its layers: a call of another thread that would disturb them is refused.
#pragma once

#include <atomic>
#include <cstdint>

namespace reel {

/// Counts who uses a thing at the moment, of whom no one ever waits: any number that read it, beside them one that
/// trains it, or one alone that changes it. What it belongs to may be copied; the copy is a thing of its own, which
/// nobody uses yet.
class UseCount {
 public:
  enum class Access : uint32_t { read = 1, train = 1U << 16, change = 1U << 24 };

  UseCount() = default;
  UseCount(const UseCount&) noexcept {}
  UseCount& operator=(const UseCount&) noexcept { return *this; }

  /// Counts one more use by `call`, the name of a method. `mine`: the sum of the accesses that the thread has already,
  /// which are in no one's way. Null, or the name of another thread's call with which this one would interfere; then
  /// nothing is counted.
  const char* take(Access access, uint32_t mine, const char* call) noexcept;
  void give_back(Access access) noexcept {
    counts_.fetch_sub(static_cast<uint32_t>(access), std::memory_order_release);
  }

 private:
  static bool excludes(Access access, uint32_t others);

  std::atomic<uint32_t> counts_ = 0;             // the sum of the accesses in use
  std::atomic<const char*> call_ = "another";    // the first of those that overlap
  std::atomic<const char*> writer_ = "another";  // the last that trains or changes
};

}  // namespace reel
