#include "reel/models/formats/hdf5_texts.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "reel/models/formats/bytes.h"
#include "reel/models/formats/hdf5_type.h"

namespace reel {
namespace {

constexpr uint64_t kAttributeBytes = 512;  // of memory, that one takes beside its texts

/// The parts of an attribute's message.
struct Attribute {
  std::string_view name;
  std::span<const std::byte> type, space, data;
};

std::string_view until_zero(std::string_view text) { return text.substr(0, text.find('\0')); }

Attribute attribute_of(const Hdf5Input& input, const Hdf5Message& message) {
  constexpr int kShared = 3;  // type, shape
  if (message.is_shared) input.fail("shares an attribute with other objects, which is not read");
  Hdf5Cursor cursor(input, message.body);
  const int version = cursor.byte();
  if (version < 1 || version > 3) cursor.fail(fmt::format("expected an attribute of version 1 to 3, got {}", version));
  const int flags = cursor.byte();
  if (version > 1 && (flags & kShared) != 0) cursor.fail("has an attribute of a shared type, which is not read");
  const uint64_t name_size = cursor.number(2), type_size = cursor.number(2), space_size = cursor.number(2);
  if (version == 3) cursor.skip(1);  // characters of the name
  const auto part = [&](uint64_t size) {
    const std::span<const std::byte> taken = cursor.take(size);
    if (version == 1) cursor.skip((8 - size % 8) % 8);
    return taken;
  };
  Attribute attribute;
  attribute.name = until_zero(text_of(part(name_size)));
  attribute.type = part(type_size);
  attribute.space = part(space_size);
  attribute.data = cursor.take(cursor.left());
  return attribute;
}

class Reader {
 public:
  Reader(Hdf5Input& input, Hdf5Heaps& heaps, Hdf5Group& group) : input_(input), heaps_(heaps), group_(group) {}

  void read(const Hdf5Message& message) {
    const Attribute attribute = attribute_of(input_, message);
    if (attribute.name.empty()) input_.fail("has an attribute without a name");
    const Hdf5Input::Within within(input_, attribute.name, '@');
    input_.budget().take(kAttributeBytes + attribute.name.size());
    const Hdf5Type type = read_type(input_, attribute.type);
    if (type.kind != Hdf5Type::Kind::text && type.kind != Hdf5Type::Kind::variable_text) return;
    const Hdf5Space space = read_space(input_, attribute.space);
    std::vector<std::string> texts = read_all(type, space.count, attribute.data);
    const std::string name(attribute.name);
    if (group_.texts.contains(name) || group_.lists.contains(name)) input_.fail("is there twice");
    if (space.is_scalar && texts.size() == 1)
      group_.texts.emplace(name, std::move(texts[0]));
    else
      group_.lists.emplace(name, std::move(texts));
  }

 private:
  std::vector<std::string> read_all(const Hdf5Type& type, uint64_t count, std::span<const std::byte> data) {
    if (count > data.size() / type.size)
      input_.fail(fmt::format("expected {} texts of {} bytes, got {} bytes", count, type.size, data.size()));
    input_.budget().take(count * sizeof(std::string));
    std::vector<std::string> texts(count);
    Hdf5Cursor cursor(input_, data);
    for (std::string& text : texts) {
      const std::span<const std::byte> element = cursor.take(type.size);
      const std::string_view whole = type.kind == Hdf5Type::Kind::text ? text_of(element) : variable(element);
      input_.budget().take(until_zero(whole).size());
      text = until_zero(whole);
    }
    return texts;
  }

  std::string_view variable(std::span<const std::byte> element) {
    Hdf5Cursor cursor(input_, element);
    const uint64_t length = cursor.number(4), address = cursor.address(), index = cursor.number(4);
    if (address == 0 || input_.is_undefined(address)) return {};
    const std::string_view text = text_of(heaps_.object(address, index));
    if (length > text.size())
      input_.fail(fmt::format("expected a text of {} bytes, the heap has {}", length, text.size()));
    return text.substr(0, length);
  }

  Hdf5Input& input_;
  Hdf5Heaps& heaps_;
  Hdf5Group& group_;
};

}  // namespace

void read_texts(Hdf5Input& input, Hdf5Heaps& heaps, std::span<const Hdf5Message> messages, Hdf5Group& group) {
  if (const Hdf5Message* info = find_message(input, messages, Hdf5Kind::attributes)) {
    Hdf5Cursor cursor(input, info->body);
    cursor.expect(0, "attributes of version");
    if ((cursor.byte() & 1) != 0) cursor.skip(2);  // the last one's number
    if (!input.is_undefined(cursor.address()))
      input.fail(
          "keeps its attributes in a heap, which is not read; h5py writes them plainly with libver=\"earliest\" "
          "and without track_order");
  }
  Reader reader(input, heaps, group);
  for (const Hdf5Message& message : messages) {
    if (message.kind == Hdf5Kind::attribute) reader.read(message);
  }
}

}  // namespace reel
