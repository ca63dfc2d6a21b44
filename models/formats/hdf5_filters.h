// What chunks of HDF5 files were packed by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reel/models/formats/hdf5_object.h"

namespace reel {

struct Hdf5Filter {
  enum Id : uint64_t { gzip = 1, shuffle = 2, checksum = 3 };
  uint64_t id;
  uint64_t element_bytes = 1;  // of shuffle
};

/// In the order in which they packed. Throws DataError for any that is not known to be harmless.
std::vector<Hdf5Filter> read_filters(const Hdf5Input& input, std::span<const std::byte> body);

/// A chunk unpacked to `size` bytes; `skipped` has the bits of the filters that it was not packed by.
std::vector<std::byte> unpacked_chunk(const Hdf5Input& input, std::span<const Hdf5Filter> filters, uint64_t skipped,
                                      std::span<const std::byte> packed, uint64_t size);

}  // namespace reel
