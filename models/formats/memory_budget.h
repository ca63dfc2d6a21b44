// What reading a file may take of memory: so much for each of its bytes, whatever the file says of itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel {

/// Bytes of memory that may come of a file of `size` bytes: 100 for each of them, and 64 MiB. What people compress
/// unpacks to up to some 50 times as much; a bomb, to 1,000 times.
uint64_t memory_bound(uint64_t size);

/// Bytes that a file of `size` packed bytes may unpack to: three quarters of `memory_bound`. Readers of arrays and
/// tables make up to four times as much of what is unpacked, and 16 MiB, so that both together stay within four times
/// `memory_bound`.
uint64_t unpacked_bound(uint64_t size);

/// Counts the memory that one file's reader holds, before it is taken.
class MemoryBudget {
 public:
  /// At most `memory_bound(size)` for the file `source`, as messages call it.
  MemoryBudget(std::string_view source, uint64_t size);

  /// Counts bytes that are about to be taken. Throws DataError beyond the bound.
  void take(uint64_t bytes) {
    if (bytes > bound_ - held_) refuse();
    held_ += bytes;
  }
  /// Counts bytes that have been given back.
  void give(uint64_t bytes) { held_ -= bytes; }

  /// Makes room for `size` elements, for twice as many as before at least.
  template <class T>
  void reserve(std::vector<T>& elements, size_t size) {
    if (size <= elements.capacity()) return;
    const size_t old = elements.capacity(), room = std::max(size, 2 * old);
    take(room * sizeof(T));  // the old memory is given back only when all has moved
    elements.reserve(room);
    give(old * sizeof(T));
  }
  template <class T>
  void push(std::vector<T>& elements, T element) {
    reserve(elements, elements.size() + 1);
    elements.push_back(std::move(element));
  }

 private:
  [[noreturn]] void refuse() const;

  std::string source_;
  uint64_t size_, bound_, held_ = 0;
};

}  // namespace reel
