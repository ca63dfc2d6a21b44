// The IMDB movie reviews (Maas et al., ACL 2011) as sequences of word ranks, read from the file Keras publishes.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace reel::imdb {

/// Reviews and their labels: y[i] is 1 when review x[i] likes the film, otherwise 0.
struct Split {
  std::vector<std::vector<int32_t>> x;
  std::vector<int32_t> y;
};

struct Data {
  Split train, test;
};

/// The arguments of keras.datasets.imdb.load_data, with its defaults.
struct LoadOptions {
  /// Ids from here on are out of vocabulary. Without it the bound is the largest id present, which so becomes out of
  /// vocabulary itself; 0 counts as none.
  std::optional<int32_t> num_words = {};
  /// Ids below are out of vocabulary, the start character included.
  int32_t skip_top = 0;
  /// Keeps only reviews shorter than this, counted with the start character; 0 counts as none.
  std::optional<int64_t> maxlen = {};
  uint32_t seed = 113;
  /// Put before every review; none puts nothing.
  std::optional<int32_t> start_char = 1;
  /// Takes the place of a word out of vocabulary; none removes such words.
  std::optional<int32_t> oov_char = 2;
  /// Added to every word rank, before the bounds above are applied.
  int32_t index_from = 3;
};

/// The raw word ranks (1 is the most frequent word) in the order of the file, from an .npz of x_train, y_train, x_test,
/// y_test. Throws DataError when the file is missing, damaged, lacks one of them, or has unequal numbers of x and y,
/// and before what it unpacks to, or the lists in it, take more memory than `memory_bound` of its size.
Data read_npz(const std::string& path);

/// What keras.datasets.imdb.load_data makes of the raw ranks: shuffles train, then test by NumPy's
/// RandomState(options.seed), and encodes every review. Throws ValueError when `maxlen` leaves a split empty, and for a
/// split of unequal numbers of x and y.
Data encode(Data raw, const LoadOptions& options = {});

/// `encode(read_npz(path), options)` of the file that `find_imdb` finds on this machine, or else, and where it is
/// damaged in a cache, `fetch_imdb` downloads, as Keras does. Throws DataError where
/// it can do neither. Source: Keras `datasets.imdb.load_data`.
Data load_data(const LoadOptions& options = {});

/// The same of the file at `path`, any string: a template, for options in braces could be a std::string as well.
template <std::convertible_to<std::string> Path>
Data load_data(const Path& path, const LoadOptions& options = {}) {
  return encode(read_npz(path), options);
}

/// One review's ids: the start character, then every rank plus index_from, with words outside [skip_top, num_words)
/// replaced or removed. `seed` and `maxlen` play no part, and without num_words no word is too rare. Throws ValueError
/// for an id outside 32 bits.
std::vector<int32_t> encode_review(std::span<const int32_t> review, const LoadOptions& options = {});

/// Word to rank, from the JSON file Keras publishes. Source: Keras `datasets.imdb.get_word_index`. Throws DataError
/// for another kind of file, and before the JSON takes more memory than `memory_bound` of its size.
std::unordered_map<std::string, int32_t> read_word_index(const std::string& path);

}  // namespace reel::imdb
