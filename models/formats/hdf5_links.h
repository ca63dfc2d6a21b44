// What is in a group of an HDF5 file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reel/models/formats/hdf5_object.h"

namespace reel {

struct Hdf5Link {
  std::string name;
  uint64_t address;  // of the object's header
};

/// Whether these are the messages of a group.
bool is_group(std::span<const Hdf5Message> messages);
/// All links of a group. Throws DataError for those to other places or files, for names that are none, and for groups
/// of more than eight links as libver="latest" or track_order=True of h5py write them.
std::vector<Hdf5Link> read_links(Hdf5Input& input, std::span<const Hdf5Message> messages);

}  // namespace reel
