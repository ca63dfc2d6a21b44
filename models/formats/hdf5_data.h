// Where the elements of a dataset in an HDF5 file stand.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "reel/graph/shape.h"
#include "reel/models/formats/hdf5_object.h"

namespace reel {

/// The bytes of all elements, in the file or put together from it.
struct Hdf5Data {
  std::span<const std::byte> bytes;
  std::vector<std::byte> own;  // empty where they are in the file
};

/// Those of a dataset, from its messages. Throws DataError for data in other files, virtual datasets, filters other
/// than gzip, shuffle and checksums, and for more than the input's budget has room for.
Hdf5Data read_data(Hdf5Input& input, std::span<const Hdf5Message> messages, const Shape& shape, uint64_t element_bytes);

}  // namespace reel
