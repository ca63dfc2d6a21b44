// A model's weights in a file.
#pragma once

#include <cstdint>
#include <string>

#include "reel/models/formats/npz.h"

namespace reel {

/// What a weights file holds: arrays by full weight name, and the note kept next to them ("" if there is none).
struct WeightsFile {
  NamedTensors tensors;
  std::string note;
  uint64_t bytes = 0;  ///< of the file
};

/// An .npz that `numpy.load` reads: one array a weight, and the note as the entry "reel.json". The file is replaced as
/// a whole or not at all. Throws DataError when writing fails.
void write_weights_file(const std::string& path, const NamedTensors& tensors, const std::string& note);

/// Throws DataError for a file that is missing, damaged or no .npz, and says what it seems to be: an HDF5 file, a
/// PyTorch file, ... Takes the memory of `read_zip` and of the arrays.
WeightsFile read_weights_file(const std::string& path);

}  // namespace reel
