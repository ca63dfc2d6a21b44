#include "reel/models/formats/hdf5_object.h"

#include <fmt/format.h>

#include <array>
#include <deque>

namespace reel {
namespace {

constexpr std::string_view kHeader = "OHDR", kContinued = "OCHK";
constexpr uint64_t kBlockBytes = 64;  // of memory, that one more block counts as
constexpr int kSharedFlag = 2;

/// Headers go on in blocks elsewhere, which may go on in others.
class Header {
 public:
  explicit Header(Hdf5Input& input) : input_(input) {}

  std::vector<Hdf5Message> read(uint64_t address) {
    Hdf5Cursor cursor(input_, address);
    const bool is_old = cursor.left() > 0 && cursor.number(1) == 1;
    is_old ? read_old(cursor) : read_new(Hdf5Cursor(input_, address));
    while (!blocks_.empty()) {
      const std::span<const std::byte> block = blocks_.front();
      blocks_.pop_front();
      read_block(is_old ? block : unwrapped(block));
    }
    return std::move(messages_);
  }

 private:
  void read_old(Hdf5Cursor cursor) {
    cursor.skip(1 + 2 + 4);  // reserved, the messages' number, who refers to this
    const uint64_t size = cursor.number(4);
    cursor.skip(4);
    head_width_ = 8;
    read_block(cursor.take(size));
  }

  void read_new(Hdf5Cursor cursor) {
    cursor.expect(kHeader, "the header of an object");
    cursor.expect(2, "an object's header of version");
    const int flags = cursor.byte();
    if ((flags & 32) != 0) cursor.skip(16);  // times
    if ((flags & 16) != 0) cursor.skip(4);   // when attributes are moved to a heap
    head_width_ = (flags & 4) != 0 ? 6 : 4;
    read_block(cursor.take(cursor.number(1 << (flags & 3))));
  }

  /// Without signature and checksum.
  std::span<const std::byte> unwrapped(std::span<const std::byte> block) const {
    Hdf5Cursor cursor(input_, block);
    cursor.expect(kContinued, "the rest of an object's header");
    if (cursor.left() < 4) cursor.fail("expected a checksum");
    return cursor.take(cursor.left() - 4);
  }

  void read_block(std::span<const std::byte> block) {
    Hdf5Cursor cursor(input_, block);
    while (cursor.left() >= static_cast<uint64_t>(head_width_)) {
      const bool is_old = head_width_ == 8;
      const auto kind = static_cast<Hdf5Kind>(cursor.number(is_old ? 2 : 1));
      const uint64_t size = cursor.number(2);
      const int flags = cursor.byte();
      cursor.skip(static_cast<uint64_t>(head_width_ - (is_old ? 5 : 4)));
      const std::span<const std::byte> body = cursor.take(size);
      if (kind == Hdf5Kind::continuation) {
        Hdf5Cursor place(input_, body);
        const uint64_t address = place.address();
        input_.budget().take(kBlockBytes);
        blocks_.push_back(input_.part(address, place.length()));
      } else if (static_cast<int>(kind) != 0) {
        input_.budget().push(messages_, Hdf5Message{kind, (flags & kSharedFlag) != 0, body});
      }
    }
  }

  Hdf5Input& input_;
  int head_width_ = 0;  // bytes before a message
  std::deque<std::span<const std::byte>> blocks_;
  std::vector<Hdf5Message> messages_;
};

}  // namespace

std::vector<Hdf5Message> read_object(Hdf5Input& input, uint64_t address) { return Header(input).read(address); }

const Hdf5Message* find_message(const Hdf5Input& input, std::span<const Hdf5Message> messages, Hdf5Kind kind) {
  for (const Hdf5Message& message : messages) {
    if (message.kind != kind) continue;
    if (message.is_shared) input.fail("shares its type or shape with other objects, which is not read");
    return &message;
  }
  return nullptr;
}

}  // namespace reel
