#include "reel/models/formats/hdf5_links.h"

#include <fmt/format.h>

#include <set>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/formats/bytes.h"

namespace reel {
namespace {

constexpr uint64_t kNodeBytes = 64;   // of memory, that one more node of a tree counts as
constexpr uint64_t kLinkBytes = 512;  // the same of an object beside its elements
constexpr int kMostLevels = 32;
constexpr std::string_view kNotFollowed = "is a link to another place or file, which is not followed";

class Links {
 public:
  explicit Links(Hdf5Input& input) : input_(input) {}

  /// "symbol table" message: a tree of nodes, names in a heap.
  void read_symbols(std::span<const std::byte> body) {
    Hdf5Cursor cursor(input_, body);
    const uint64_t tree = cursor.address();
    read_heap(cursor.address());
    read_tree(tree, -1);
  }

  void read_link(std::span<const std::byte> body) {
    Hdf5Cursor cursor(input_, body);
    cursor.expect(1, "a link of version");
    const int flags = cursor.byte();
    const int type = (flags & 8) != 0 ? cursor.byte() : 0;
    if ((flags & 4) != 0) cursor.skip(8);   // when it was made
    if ((flags & 16) != 0) cursor.skip(1);  // characters
    const std::string_view name = text_of(cursor.take(cursor.number(1 << (flags & 3))));
    add(name, type != 0, type == 0 ? cursor.address() : 0);
  }

  std::vector<Hdf5Link> take() { return std::move(links_); }

 private:
  void add(std::string_view name, bool is_soft, uint64_t address) {
    input_.budget().take(kLinkBytes + name.size());
    if (name.empty() || name == "." || name.find_first_of(std::string_view("/\0", 2)) != name.npos)
      input_.fail(fmt::format("holds a link named \"{}\", which is no name", excerpt(name)));
    const Hdf5Input::Within within(input_, name);
    if (is_soft) input_.fail(kNotFollowed);
    if (!names_.insert(std::string(name)).second) input_.fail("is there twice");
    links_.push_back({std::string(name), address});
  }

  void read_heap(uint64_t address) {
    Hdf5Cursor cursor(input_, address);
    cursor.expect("HEAP", "a heap of names");
    cursor.expect(0, "a heap of version");
    cursor.skip(3);
    const uint64_t size = cursor.length();
    cursor.skip(static_cast<uint64_t>(input_.length_width()));  // what is free of it
    heap_ = text_of(input_.part(cursor.address(), size));
  }

  std::string_view name_at(uint64_t offset) const {
    const size_t end = offset < heap_.size() ? heap_.find('\0', offset) : heap_.npos;
    if (end == heap_.npos)
      input_.fail(fmt::format("has a name at byte {} of its {} bytes of names", offset, heap_.size()));
    return heap_.substr(offset, end - offset);
  }

  /// `level`: what the node above says of it, -1 of the root.
  void read_tree(uint64_t address, int level) {
    Hdf5Cursor cursor(input_, address);
    input_.budget().take(kNodeBytes);
    if (level == 0) return read_node(cursor);
    cursor.expect("TREE", "a node of a tree of names");
    cursor.expect(0, "a tree of kind");
    const int own = cursor.byte() + 1;
    if (own > kMostLevels || (level > 0 && own != level))
      cursor.fail(fmt::format("expected a node of level {}, got {}", level - 1, own - 1));
    const uint64_t children = cursor.number(2);
    cursor.skip(2 * static_cast<uint64_t>(input_.address_width()));  // its neighbours
    for (uint64_t i = 0; i < children; ++i) {
      cursor.length();  // the name before
      read_tree(cursor.address(), own - 1);
    }
  }

  void read_node(Hdf5Cursor cursor) {
    constexpr int kSoft = 2;
    cursor.expect("SNOD", "a node with names");
    cursor.expect(1, "a node of version");
    cursor.skip(1);
    const uint64_t count = cursor.number(2);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t name = cursor.address(), address = cursor.address();
      const uint64_t cached = cursor.number(4);
      cursor.skip(4 + 16);
      add(name_at(name), cached == kSoft, address);
    }
  }

  Hdf5Input& input_;
  std::string_view heap_;
  std::set<std::string> names_;
  std::vector<Hdf5Link> links_;
};

}  // namespace

bool is_group(std::span<const Hdf5Message> messages) {
  for (const Hdf5Message& message : messages) {
    if (message.kind == Hdf5Kind::symbols || message.kind == Hdf5Kind::links) return true;
  }
  return false;
}

std::vector<Hdf5Link> read_links(Hdf5Input& input, std::span<const Hdf5Message> messages) {
  Links links(input);
  if (const Hdf5Message* symbols = find_message(input, messages, Hdf5Kind::symbols)) links.read_symbols(symbols->body);
  if (const Hdf5Message* info = find_message(input, messages, Hdf5Kind::links)) {
    Hdf5Cursor cursor(input, info->body);
    cursor.expect(0, "links of version");
    if ((cursor.byte() & 1) != 0) cursor.skip(8);  // the last one's number
    if (!input.is_undefined(cursor.address()))
      input.fail(
          "keeps its links in a heap, which is not read; h5py writes them plainly with libver=\"earliest\" and "
          "without track_order");
  }
  for (const Hdf5Message& message : messages) {
    if (message.kind == Hdf5Kind::link) links.read_link(message.body);
  }
  return links.take();
}

}  // namespace reel
