#include "reel/models/formats/memory_budget.h"

#include <fmt/format.h>

#include <limits>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr uint64_t kFactor = 100, kBase = uint64_t{64} << 20;

}  // namespace

uint64_t memory_bound(uint64_t size) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  return size > (kMost - kBase) / kFactor ? kMost : kBase + kFactor * size;
}

uint64_t unpacked_bound(uint64_t size) { return memory_bound(size) / 4 * 3; }

MemoryBudget::MemoryBudget(std::string_view source, uint64_t size)
    : source_(source), size_(size), bound_(memory_bound(size)) {}

void MemoryBudget::refuse() const {
  throw DataError(
      fmt::format("{}: takes over {} bytes of memory for its {} bytes, expected at most {} times as many "
                  "and {} MiB",
                  source_, bound_, size_, kFactor, kBase >> 20));
}

}  // namespace reel
