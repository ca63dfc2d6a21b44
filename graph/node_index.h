// Finds the nodes of a graph that may equal a new one, by a hash. In one flat table: a lookup costs one cache miss, and
// compiling a model of many steps makes several for each node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reel {

class NodeIndex {
 public:
  void insert(size_t hash, int32_t id) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    place({tag(hash), id});
    ++count_;
  }

  /// The first id of this hash, in no order, for which `is_it(id)`; -1 if there is none.
  template <class F>
  int32_t find(size_t hash, F&& is_it) const {
    if (entries_.empty()) return -1;
    const uint32_t wanted = tag(hash);
    for (size_t at = slot(wanted); entries_[at].id >= 0; at = (at + 1) & (entries_.size() - 1)) {
      if (entries_[at].tag == wanted && is_it(entries_[at].id)) return entries_[at].id;
    }
    return -1;
  }

 private:
  struct Entry {
    uint32_t tag = 0;
    int32_t id = -1;  // none
  };

  static uint32_t tag(size_t hash) { return static_cast<uint32_t>((hash * 0x9E3779B97F4A7C15ull) >> 32); }
  size_t slot(uint32_t tag) const { return tag & (entries_.size() - 1); }

  void place(Entry entry) {
    size_t at = slot(entry.tag);
    while (entries_[at].id >= 0) at = (at + 1) & (entries_.size() - 1);
    entries_[at] = entry;
  }

  void grow() {
    std::vector<Entry> old(entries_.empty() ? 64 : 2 * entries_.size());  // a power of two
    std::swap(old, entries_);
    for (const Entry& entry : old) {
      if (entry.id >= 0) place(entry);
    }
  }

  std::vector<Entry> entries_;
  size_t count_ = 0;
};

}  // namespace reel
