// Where the data sets are on this machine, and where the IMDB reviews come from when they are not.
#pragma once

#include <optional>
#include <string>

#include "reel/models/formats/download.h"

namespace reel {

/// Folder of the files that Keras downloads, with a slash at its end.
inline constexpr const char* kKerasOrigin = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";

/// Path of the IMDB reviews, `imdb.npz`: what `data_flag` names (the file, or a folder that holds it), or else the
/// first that exists of $REEL_DATA (the file, or imdb.npz in that folder), Keras's cache ($KERAS_HOME or ~/.keras,
/// /datasets/imdb.npz) and our own cache. An empty flag counts as not given, an empty variable as not set. A flag that
/// leads to no file, or a variable that leads nowhere, throws DataError.
std::optional<std::string> find_imdb(const std::string& data_flag = {});

/// Path of `imdb_word_index.json`: beside the file `imdb_npz` (may be empty), or else in the folders of `find_imdb`.
std::optional<std::string> find_imdb_word_index(const std::string& imdb_npz = {});

/// What is wrong with a file of Keras's cache or ours that has not the checksum of the one it was downloaded from, in
/// one line; "" for what is sound, and for files anywhere else, which need not be the published ones.
std::string cache_damage(const std::string& path);

/// Downloads `imdb.npz` (17 MB) from where Keras gets it into our cache, unless it is there with the right checksum,
/// and returns its path. Throws DataError when there is no network; see `download`.
std::string fetch_imdb(const Progress& progress = {}, const std::string& origin = kKerasOrigin);

/// The same for `imdb_word_index.json` (1.6 MB).
std::string fetch_imdb_word_index(const Progress& progress = {}, const std::string& origin = kKerasOrigin);

/// Folder of Fashion-MNIST's four IDX files (gzipped or not): the folder `data_flag`, or else the first that exists of
/// $REEL_DATA/fashion-mnist, /usr/share/datasets/fashion-mnist (Debian's package dataset-fashion-mnist) and Keras's
/// cache; of a file that $REEL_DATA names its folder counts. A flag that names no folder with these files, or a
/// variable that leads nowhere, throws DataError.
std::optional<std::string> find_fashion_mnist(const std::string& data_flag = {});

/// Our cache: $XDG_CACHE_HOME/reel or ~/.cache/reel. Throws DataError where neither variable is set.
std::string cache_folder();

}  // namespace reel
