// Data sets of one's own from the network, and arrays that a file has for training and for tests.
#pragma once

#include <cstdint>
#include <string>

#include "reel/graph/tensor.h"
#include "reel/models/formats/download.h"

namespace reel {

struct GetFileOptions {
  std::string fname = "";                 ///< of the file here; what the URL ends with, if it is not given
  std::string sha256 = "";                ///< 64 digits, or 32 of an MD5, as Keras has them for older files
  std::string cache_subdir = "datasets";  ///< a folder in the cache
  std::string cache_dir = "";             ///< Reel's own, if it is not given: $XDG_CACHE_HOME/reel or ~/.cache/reel
  bool extract = false;                   ///< unpack a ZIP archive into the folder FNAME_extracted, gzip into a file
  int64_t most_bytes = kMostDownloaded;   ///< of the file
  Progress progress = {};
};

/// Path of the file that `url` names, which is downloaded where it is not in the cache, or has another checksum there;
/// with `extract`, of the folder, or file, that it is unpacked to. keras.utils.get_file.
///
/// Throws ValueError for names that are no plain names of files and folders, and for a checksum of another length;
/// what `download` throws; with `extract`, DataError for other archives, as of tar, and for entries that would lie
/// outside of the folder.
std::string get_file(const std::string& url, const GetFileOptions& options = {});

/// Arrays as `mnist.npz` and its kin have them, which Keras publishes.
struct TrainTest {
  Tensor x_train, y_train, x_test, y_test;
};
/// Of an .npz file of these four names. Bytes are i32: pictures are to be divided by 255. Throws what `load_npz`
/// throws, and DataError where a name is not there, or x and y have unequal numbers of rows.
/// keras.datasets.mnist.load_data(path).
TrainTest load_train_test(const std::string& path);

}  // namespace reel
