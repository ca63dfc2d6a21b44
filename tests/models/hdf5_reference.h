// HDF5 files as libhdf5 reads them: what Reel's own reader is held to. For sound files alone.
#pragma once

#include <cstddef>
#include <span>

#include "reel/models/formats/hdf5.h"

namespace reel::testing {

Hdf5Group libhdf5_reads(std::span<const std::byte> file);

/// Fails the test, naming the place, where two groups differ by a bit.
void require_same(const Hdf5Group& ours, const Hdf5Group& theirs, const std::string& place = "");

}  // namespace reel::testing
