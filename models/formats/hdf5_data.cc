#include "reel/models/formats/hdf5_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "reel/models/formats/hdf5_filters.h"

namespace reel {
namespace {

constexpr uint64_t kNodeBytes = 64;  // of memory, that one more node of a tree counts as
constexpr int kMostLevels = 32;

using Extents = std::array<uint64_t, Shape::kMaxRank>;

/// The value of elements that were never written; empty for zeros.
std::span<const std::byte> fill_of(const Hdf5Input& input, std::span<const Hdf5Message> messages) {
  const Hdf5Message* fill = find_message(input, messages, Hdf5Kind::fill);
  if (fill == nullptr) return {};
  Hdf5Cursor cursor(input, fill->body);
  const int version = cursor.byte();
  bool is_given = true;
  if (version == 1 || version == 2) {
    cursor.skip(2);  // when memory is given, and when it is filled
    is_given = cursor.byte() != 0 || version == 1;
  } else if (version == 3) {
    is_given = (cursor.byte() & 32) != 0;
  } else {
    cursor.fail(fmt::format("expected a filling value of version 1 to 3, got {}", version));
  }
  return is_given ? cursor.take(cursor.number(4)) : std::span<const std::byte>();
}

/// Puts a dataset in chunks together.
class Chunks {
 public:
  Chunks(Hdf5Input& input, const Shape& shape, uint64_t element_bytes, std::vector<Hdf5Filter> filters)
      : input_(input), axes_(static_cast<size_t>(shape.rank())), element_bytes_(element_bytes), filters_(filters) {
    for (size_t axis = 0; axis < axes_; ++axis) extents_[axis] = static_cast<uint64_t>(shape[static_cast<int>(axis)]);
  }

  /// From the rest of a layout message.
  void read(Hdf5Cursor& cursor, std::span<std::byte> out) {
    out_ = out;
    if (const int axes = cursor.byte(); axes != static_cast<int>(axes_) + 1)
      cursor.fail(fmt::format("expected chunks of {} axes and the bytes, got {}", axes_, axes));
    const uint64_t tree = cursor.address();
    chunk_bytes_ = element_bytes_;
    for (size_t axis = 0; axis < axes_; ++axis) {
      chunk_[axis] = cursor.number(4);
      if (chunk_[axis] == 0 || __builtin_mul_overflow(chunk_bytes_, chunk_[axis], &chunk_bytes_) ||
          chunk_bytes_ > UINT32_MAX)
        cursor.fail("expected chunks of 1 to 2^32 bytes");
    }
    if (cursor.number(4) != element_bytes_) cursor.fail(fmt::format("expected elements of {} bytes", element_bytes_));
    if (!input_.is_undefined(tree)) read_tree(tree, -1);
  }

 private:
  /// `level`: what the node above says of it, -1 of the root.
  void read_tree(uint64_t address, int level) {
    constexpr int kOfChunks = 1;
    Hdf5Cursor cursor(input_, address);
    input_.budget().take(kNodeBytes);
    cursor.expect("TREE", "a node of a tree of chunks");
    cursor.expect(kOfChunks, "a tree of kind");
    const int own = cursor.byte();
    if (own > kMostLevels || (level >= 0 && own != level))
      cursor.fail(fmt::format("expected a node of level {}, got {}", level, own));
    const uint64_t children = cursor.number(2);
    cursor.skip(2 * static_cast<uint64_t>(input_.address_width()));  // its neighbours
    for (uint64_t i = 0; i < children; ++i) {
      const uint64_t bytes = cursor.number(4), skipped = cursor.number(4);
      Extents at{};
      for (size_t axis = 0; axis < axes_; ++axis) at[axis] = cursor.number(8);
      cursor.skip(8);  // within the element
      const uint64_t child = cursor.address();
      own == 0 ? read_chunk(input_.part(child, bytes), skipped, at) : read_tree(child, own - 1);
    }
  }

  void read_chunk(std::span<const std::byte> packed, uint64_t skipped, const Extents& at) {
    for (size_t axis = 0; axis < axes_; ++axis) {
      if (at[axis] >= extents_[axis])
        input_.fail(fmt::format("has a chunk at {} of axis {}, which is {} long", at[axis], axis, extents_[axis]));
    }
    // What has been unpacked counts on, so that no file costs more time than memory.
    input_.budget().take(chunk_bytes_ + packed.size());
    copy_chunk(unpacked_chunk(input_, filters_, skipped, packed, chunk_bytes_), at);
  }

  /// Copies the rows along the last axis, as far as they are within the dataset.
  void copy_chunk(std::span<const std::byte> chunk, const Extents& at) {
    Extents within{}, place{};
    for (size_t axis = 0; axis < axes_; ++axis) within[axis] = std::min(chunk_[axis], extents_[axis] - at[axis]);
    const uint64_t row = within[axes_ - 1] * element_bytes_;
    while (true) {
      uint64_t from = 0, to = 0;
      for (size_t axis = 0; axis < axes_; ++axis) {
        from = from * chunk_[axis] + place[axis];
        to = to * extents_[axis] + at[axis] + place[axis];
      }
      std::memcpy(out_.data() + to * element_bytes_, chunk.data() + from * element_bytes_, row);
      size_t axis = axes_ - 1;
      while (axis > 0 && ++place[axis - 1] == within[axis - 1]) place[--axis] = 0;
      if (axis == 0) return;
    }
  }

  Hdf5Input& input_;
  size_t axes_;
  uint64_t element_bytes_, chunk_bytes_ = 0;
  std::vector<Hdf5Filter> filters_;
  Extents extents_{}, chunk_{};
  std::span<std::byte> out_;
};

class Layout {
 public:
  Layout(Hdf5Input& input, std::span<const Hdf5Message> messages, const Shape& shape, uint64_t element_bytes)
      : input_(input), messages_(messages), shape_(shape), element_bytes_(element_bytes) {
    if (__builtin_mul_overflow(static_cast<uint64_t>(shape.size()), element_bytes, &bytes_))
      input.fail("has more than 2^64 bytes of elements");
  }

  Hdf5Data read() {
    enum Class { kCompact = 0, kContiguous = 1, kChunked = 2 };
    if (find_message(input_, messages_, Hdf5Kind::external_files) != nullptr)
      input_.fail("has its data in other files");
    const Hdf5Message* layout = find_message(input_, messages_, Hdf5Kind::layout);
    if (layout == nullptr) input_.fail("does not say where its data are");
    Hdf5Cursor cursor(input_, layout->body);
    const int version = cursor.byte();
    if (version != 3 && version != 4)
      cursor.fail(fmt::format("expected data laid out by version 3 or 4, got {}", version));
    switch (cursor.byte()) {
      case kCompact: return in_place(cursor.take(cursor.number(2)));
      case kContiguous: return contiguous(cursor);
      case kChunked:
        if (version == 4) input_.fail("is in chunks as libver=\"latest\" of h5py writes them, which are not read");
        return chunked(cursor);
      default: input_.fail("is a virtual dataset, made of others, which is not read");
    }
  }

 private:
  Hdf5Data in_place(std::span<const std::byte> data) const {
    if (data.size() < bytes_) input_.fail(fmt::format("has {} bytes of data, expected {}", data.size(), bytes_));
    return {data.first(bytes_), {}};
  }

  Hdf5Data contiguous(Hdf5Cursor& cursor) {
    const uint64_t address = cursor.address();
    return input_.is_undefined(address) ? filled() : in_place(input_.part(address, cursor.length()));
  }

  Hdf5Data chunked(Hdf5Cursor& cursor) {
    const Hdf5Message* packed = find_message(input_, messages_, Hdf5Kind::filters);
    std::vector<Hdf5Filter> filters;
    if (packed != nullptr) filters = read_filters(input_, packed->body);
    if (shape_.rank() == 0) input_.fail("is one element in chunks");
    Hdf5Data data = filled();
    Chunks(input_, shape_, element_bytes_, std::move(filters)).read(cursor, data.own);
    return data;
  }

  /// As before any element is written.
  Hdf5Data filled() {
    input_.budget().take(bytes_);
    Hdf5Data data{{}, std::vector<std::byte>(bytes_)};
    const std::span<const std::byte> value = fill_of(input_, messages_);
    if (!value.empty()) {
      if (value.size() != element_bytes_)
        input_.fail(fmt::format("is filled by {} bytes, expected {}", value.size(), element_bytes_));
      for (uint64_t at = 0; at < bytes_; at += element_bytes_)
        std::ranges::copy(value, data.own.begin() + static_cast<ptrdiff_t>(at));
    }
    data.bytes = data.own;
    return data;
  }

  Hdf5Input& input_;
  std::span<const Hdf5Message> messages_;
  const Shape& shape_;
  uint64_t element_bytes_, bytes_ = 0;
};

}  // namespace

Hdf5Data read_data(Hdf5Input& input, std::span<const Hdf5Message> messages, const Shape& shape,
                   uint64_t element_bytes) {
  return Layout(input, messages, shape, element_bytes).read();
}

}  // namespace reel
