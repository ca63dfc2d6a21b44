// Data for reel-zoo, small enough to train on in a moment.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/array_pickle.h"
#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/zip.h"

namespace reel::testing {

/// Forty rows of four numbers from 0 to 1.
inline std::string some_rows() {
  std::string text;
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{},{},0.5\n", i / 40.0, 1 - i / 40.0, i % 3 / 3.0);
  return text;
}

/// An imdb.npz with `reviews` in both splits, all of one label.
inline std::string reviews_file(const std::vector<std::vector<int32_t>>& reviews, int64_t label) {
  std::vector<ZipEntry> entries;
  std::string labels;
  for (size_t i = 0; i < reviews.size(); ++i) labels += little_endian(static_cast<uint64_t>(label), 8);
  const std::string shape = fmt::format("({},)", reviews.size());
  for (const char* part : {"train", "test"}) {
    entries.push_back({fmt::format("x_{}.npy", part), to_bytes(lists_npy(reviews))});
    entries.push_back({fmt::format("y_{}.npy", part), to_bytes(npy_file("<i8", shape, labels))});
  }
  return std::string(text_of(write_zip(entries)));
}

/// The four files of Fashion-MNIST in `folder`, with `count` pictures in each split.
inline void write_pictures(const std::string& folder, int count) {
  const auto big_endian = [](int value) { return std::string{0, 0, 0, static_cast<char>(value)}; };
  const std::string pixels(static_cast<size_t>(count) * 28 * 28, '\x40');
  for (const char* part : {"train", "t10k"}) {
    const std::string name = folder + "/" + part;
    write_text(name + "-images-idx3-ubyte",
               std::string{0, 0, 8, 3} + big_endian(count) + big_endian(28) + big_endian(28) + pixels);
    write_text(name + "-labels-idx1-ubyte", "");
  }
}

}  // namespace reel::testing
