// NumPy's .npz files: named arrays in a ZIP archive.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// Tensors by name, in the order of their file.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The arrays of an .npz file under their keys, as `numpy.load` names them, compressed or not. Throws DataError when
/// the file is missing or damaged, or holds an array that `read_npy` refuses.
NamedTensors load_npz(const std::string& path);

/// The same from memory; `source` names the archive in messages.
NamedTensors read_npz(std::span<const std::byte> archive, std::string_view source);

/// Writes what `numpy.load` reads: a ZIP archive of stored entries KEY.npy. The file is replaced as a whole or not at
/// all. Throws ValueError for a key that is empty or used twice and for a path that by its extension is a file of
/// another format, DataError when writing fails.
void save_npz(const std::string& path, const NamedTensors& tensors);

/// The archive `save_npz` writes.
std::vector<std::byte> write_npz(const NamedTensors& tensors);

}  // namespace reel
