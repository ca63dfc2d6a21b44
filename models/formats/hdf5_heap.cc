#include "reel/models/formats/hdf5_heap.h"

#include <fmt/format.h>

#include <algorithm>

namespace reel {

std::span<const std::byte> Hdf5Heaps::object(uint64_t address, uint64_t index) {
  auto heap = heaps_.find(address);
  if (heap == heaps_.end()) heap = heaps_.emplace(address, read(address)).first;
  const auto found = heap->second.find(index);
  if (found == heap->second.end())
    input_.fail(fmt::format("refers to object {} of the heap at byte {}, which has none", index, address));
  return found->second;
}

Hdf5Heaps::Heap Hdf5Heaps::read(uint64_t address) {
  constexpr uint64_t kNodeBytes = 128;  // of memory, that an entry of a map takes
  Hdf5Cursor head(input_, address);
  head.expect("GCOL", "a heap of texts");
  head.expect(1, "a heap of version");
  head.skip(3);
  const uint64_t size = head.length(), read = 8 + static_cast<uint64_t>(input_.length_width());
  if (size < read) head.fail(fmt::format("expected a heap of {} bytes at least, got {}", read, size));
  Hdf5Cursor cursor(input_, head.take(size - read));
  input_.budget().take(kNodeBytes);
  Heap heap;
  while (cursor.left() >= read) {
    const uint64_t index = cursor.number(2);
    cursor.skip(2 + 4);  // who refers to it; reserved
    const uint64_t bytes = cursor.length();
    if (index == 0) break;  // the rest is free
    input_.budget().take(kNodeBytes);
    heap.emplace(index, cursor.take(bytes));
    cursor.skip(std::min((8 - bytes % 8) % 8, cursor.left()));
  }
  return heap;
}

}  // namespace reel
