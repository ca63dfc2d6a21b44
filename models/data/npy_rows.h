// Rows of an array on disk, which need not fit into memory.
#pragma once

#include <memory>
#include <string>

#include "reel/models/formats/descriptor.h"
#include "reel/models/formats/npy.h"
#include "reel/models/training/samples.h"

namespace reel {

/// The rows of an .npy file [n, ...], each read from the file when it is asked for, so that data larger than memory are
/// shuffled like others: numpy.load(path, mmap_mode="r"). Floats and doubles keep their type, integers of 32 bits, too;
/// unsigned bytes become i32.
///
///   model.fit(NpyRows("x.npy"), NpyRows("y.npy"), {.epochs = 3});
class NpyRows final : public SampleSource {
 public:
  /// Throws DataError for a file that is missing, no .npy file or cut short, in Fortran order, of another element type,
  /// or without rows.
  explicit NpyRows(const std::string& path);
  Type type() const override { return type_; }
  /// Throws DataError where the file has become shorter or cannot be read.
  void read(std::span<const int64_t> numbers, Tensor& to) const override;

 private:
  std::string path_;
  std::shared_ptr<const Descriptor> file_;
  Type type_;
  size_t offset_ = 0, row_bytes_ = 0;  // in the file
  bool is_of_bytes_ = false;
};

}  // namespace reel
