// Heaps of HDF5 files that hold texts of any length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "reel/models/formats/hdf5_input.h"

namespace reel {

/// Global heaps of a file, each read once.
class Hdf5Heaps {
 public:
  explicit Hdf5Heaps(Hdf5Input& input) : input_(input) {}

  /// The object `index` of the heap at `address`.
  std::span<const std::byte> object(uint64_t address, uint64_t index);

 private:
  using Heap = std::map<uint64_t, std::span<const std::byte>>;
  Heap read(uint64_t address);

  Hdf5Input& input_;
  std::map<uint64_t, Heap> heaps_;
};

}  // namespace reel
