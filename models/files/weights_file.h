// A model's weights in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "reel/models/formats/npz.h"

namespace reel {

/// What a weights file holds: arrays by full weight name, and the note kept next to them ("" if there is none).
struct WeightsFile {
  NamedTensors tensors;
  std::string note;
  uint64_t bytes = 0;  ///< of the file
};

/// What the note is called in files that have names for texts.
inline constexpr const char* kNoteName = "reel";

/// Whether the bytes begin as a file of Keras's that has weights by layers: .keras, .h5, .weights.h5.
bool holds_layers(std::span<const std::byte> bytes);

/// A .safetensors, where the path says so, with the note among its texts; else an .npz that `numpy.load` reads: one
/// array a weight, and the note as the entry "reel.json". The file is replaced as a whole or not at all. Throws
/// DataError when writing fails.
void write_weights_file(const std::string& path, const NamedTensors& tensors, const std::string& note);

/// Of an .npz or a .safetensors. Throws DataError for a file that is missing, damaged or none of these, and says what
/// it seems to be: a PyTorch file, a table, ... Takes the memory of `read_zip` and of the arrays.
WeightsFile read_weights_file(const std::string& path);
/// The same of its bytes; `path` begins messages.
WeightsFile parse_weights_file(std::span<const std::byte> bytes, const std::string& path);

}  // namespace reel
