// HDF5 files in memory: what .h5 files are, and the weights in .keras files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// A group with all that is in it. Names in `groups` and `datasets` are without "/"; `at` takes paths.
struct Hdf5Group {
  std::map<std::string, Hdf5Group> groups;
  std::map<std::string, Tensor> datasets;
  // Attributes that are text, and those that are lists of it; others are left out.
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<std::string>> lists;

  /// The group of a path "layers/dense/vars" from here, null if there is none; "" is this one.
  const Hdf5Group* find(std::string_view path) const;
  /// The dataset of a path "dense/kernel:0" from here, null if there is none.
  const Tensor* find_dataset(std::string_view path) const;
  /// Makes the groups of a path that are not there.
  Hdf5Group& make(std::string_view path);
  /// The attribute; null if there is none.
  const std::string* text(const std::string& name) const;
  /// The list, with the parts "name0", "name1", ... that long ones are written in; empty if there is none.
  std::vector<std::string> list(const std::string& name) const;
};

/// All of a file. Numbers become f32, f64 or i32: halves, and bfloat16 as Keras marks it, f32, other integers and
/// truths i32. Throws DataError, with `source` and the place in it, for what is no HDF5 file, damaged or truncated; for
/// links out of the file or to other places in it, data in other files, virtual datasets, filters other than gzip,
/// shuffle and checksums; for what docs/files.md says is not read, as chunks and large groups of libver="latest"; for
/// datasets of text or of compounds, more than six axes or 2^48 elements, integers outside 32 bits; for groups more
/// than 64 deep; and beyond what `memory_bound` allows for a file of its size, or of `packed_bytes`, those of the
/// archive that it was packed in.
Hdf5Group read_hdf5(std::span<const std::byte> file, std::string_view source,
                    std::optional<uint64_t> packed_bytes = {});

/// The file that `read_hdf5` reads the group from, as h5py does. The same group gives the same bytes. Throws Error when
/// libhdf5 cannot write it.
std::vector<std::byte> write_hdf5(const Hdf5Group& group);

}  // namespace reel
