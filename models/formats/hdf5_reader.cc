// HDF5 files as groups. libhdf5 is not asked: changed bytes bring it down, and it runs in this process.
#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/hdf5.h"
#include "reel/models/formats/hdf5_data.h"
#include "reel/models/formats/hdf5_links.h"
#include "reel/models/formats/hdf5_texts.h"
#include "reel/models/formats/hdf5_type.h"

namespace reel {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr int kMostDepth = 64;

/// Reads where the file begins; returns the address of the root group's header.
uint64_t read_root(Hdf5Input& input) {
  Hdf5Cursor cursor(input, uint64_t{kSignature.size()});
  const int version = cursor.byte();
  if (version > 3) cursor.fail(fmt::format("expected a file of version 0 to 3, got {}", version));
  const bool is_old = version < 2;
  if (is_old) cursor.skip(4);  // versions of parts
  const int of_address = cursor.byte(), of_length = cursor.byte();
  const auto is_width = [](int width) { return width == 2 || width == 4 || width == 8; };
  if (!is_width(of_address) || !is_width(of_length))
    cursor.fail(fmt::format("expected addresses and lengths of 2, 4 or 8 bytes, got {} and {}", of_address, of_length));
  input.set_widths(of_address, of_length);
  cursor.skip(is_old ? 1 + 2 + 2 + 4 : 1);  // sizes of trees, flags
  cursor.skip(version == 1 ? 4 : 0);        // of trees of chunks
  if (cursor.address() != 0) cursor.fail("expected a file without bytes of others before it");
  cursor.address();  // what is free, or more of this
  if (const uint64_t end = cursor.address(); end > input.size())
    cursor.fail(fmt::format("expected {} bytes, as the file says, got {}: it is cut short", end, input.size()));
  if (is_old) {
    if (!input.is_undefined(cursor.address())) cursor.fail("expected a file in one piece");
    cursor.address();  // of the root's name
  }
  return cursor.address();
}

class Reader {
 public:
  explicit Reader(Hdf5Input& input) : input_(input), heaps_(input) {}

  void read_group(std::span<const Hdf5Message> messages, int depth, Hdf5Group& group) {
    if (depth > kMostDepth) input_.fail(fmt::format("is more than {} groups deep", kMostDepth));
    read_texts(input_, heaps_, messages, group);
    for (const Hdf5Link& link : read_links(input_, messages)) {
      const Hdf5Input::Within within(input_, link.name);
      const std::vector<Hdf5Message> inner = read_object(input_, link.address);
      if (is_group(inner))
        read_group(inner, depth + 1, group.groups[link.name]);
      else
        group.datasets.insert_or_assign(link.name, read_dataset(inner));
    }
  }

 private:
  Tensor read_dataset(std::span<const Hdf5Message> messages) {
    const Hdf5Message* of_space = find_message(input_, messages, Hdf5Kind::space);
    if (of_space == nullptr) input_.fail("is neither a group nor a dataset");
    const Hdf5Message* of_type = find_message(input_, messages, Hdf5Kind::type);
    if (of_type == nullptr) input_.fail("is a dataset without a type");
    const Hdf5Space space = read_space(input_, of_space->body);
    Hdf5Type type = read_type(input_, of_type->body);
    const Shape shape(space.extents);
    if (space.count == 0 && space.is_scalar) input_.fail("is a dataset without a shape");
    if (type.kind == Hdf5Type::Kind::opaque && type.size == 2 && is_bfloat16(messages)) {
      type.kind = Hdf5Type::Kind::number;
      type.is_bfloat16 = true;
    }
    if (type.kind != Hdf5Type::Kind::number && type.kind != Hdf5Type::Kind::whole)
      input_.fail("has elements that are no numbers");
    const Hdf5Data data = read_data(input_, messages, shape, type.size);
    Tensor out = tensor_of(input_, type, shape, data.bytes);
    input_.budget().give(data.own.size());
    return out;
  }

  /// HDF5 has no such type: Keras stores two bytes of no meaning, and says what they are.
  bool is_bfloat16(std::span<const Hdf5Message> messages) {
    Hdf5Group group;
    read_texts(input_, heaps_, messages, group);
    const std::string* name = group.text("dtype");
    return name != nullptr && *name == "bfloat16";
  }

  Hdf5Input& input_;
  Hdf5Heaps heaps_;
};

}  // namespace

Hdf5Group read_hdf5(std::span<const std::byte> file, std::string_view source, std::optional<uint64_t> packed_bytes) {
  constexpr size_t kLeastBytes = 48;  // of the shortest head of a file
  if (!text_of(file).starts_with(kSignature) || file.size() < kLeastBytes)
    throw DataError(fmt::format("{}: expected an HDF5 file{}", source, got_kind(file, "an HDF5 file")));
  Hdf5Input input(file, source, packed_bytes.value_or(file.size()));
  Hdf5Group group;
  const std::vector<Hdf5Message> root = read_object(input, read_root(input));
  if (!is_group(root)) input.fail("is no group");
  Reader(input).read_group(root, 0, group);
  return group;
}

}  // namespace reel
