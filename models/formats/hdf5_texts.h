// Attributes of HDF5 files that are texts.
#pragma once

#include <span>

#include "reel/models/formats/hdf5.h"
#include "reel/models/formats/hdf5_heap.h"
#include "reel/models/formats/hdf5_object.h"

namespace reel {

/// Puts an object's attributes that are text, or lists of it, into `group`; leaves others out. Throws DataError for
/// attributes that are kept in a heap, as libver="latest" and track_order=True of h5py write more than eight.
void read_texts(Hdf5Input& input, Hdf5Heaps& heaps, std::span<const Hdf5Message> messages, Hdf5Group& group);

}  // namespace reel
