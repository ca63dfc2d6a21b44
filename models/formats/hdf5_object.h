// Headers of objects in HDF5 files: lists of messages, which say what the object is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reel/models/formats/hdf5_input.h"

namespace reel {

enum class Hdf5Kind : uint16_t {
  space = 0x01,
  links = 0x02,  // of a group whose links may stand in a heap
  type = 0x03,
  fill = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  filters = 0x0b,
  attribute = 0x0c,
  continuation = 0x10,
  symbols = 0x11,  // of a group as files had them first
  attributes = 0x15,
};

struct Hdf5Message {
  Hdf5Kind kind;
  bool is_shared;  // it stands elsewhere
  std::span<const std::byte> body;
};

/// All messages of the object at `address`.
std::vector<Hdf5Message> read_object(Hdf5Input& input, uint64_t address);
/// The first of a kind, null if there is none. Throws DataError for one that stands elsewhere.
const Hdf5Message* find_message(const Hdf5Input& input, std::span<const Hdf5Message> messages, Hdf5Kind kind);

}  // namespace reel
