#include "reel/models/data/imdb.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/numpy_shuffle.h"
#include "reel/models/data/pickle.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/json_cost.h"
#include "reel/models/formats/memory_budget.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"

namespace reel::imdb {
namespace {

constexpr int64_t kNoBound = std::numeric_limits<int64_t>::max();

/// The array's file, which the archive then no longer holds.
std::vector<std::byte> take_array(std::vector<ZipEntry>& entries, const std::string& key, const std::string& path) {
  ZipEntry* entry = find_entry(entries, key + ".npy");
  if (entry == nullptr) throw DataError(fmt::format("{}: expected an array '{}'", path, key));
  return std::exchange(entry->bytes, {});
}

Split read_split(std::vector<ZipEntry>& entries, const std::string& suffix, const std::string& path,
                 MemoryBudget& budget) {
  const std::string x = "x_" + suffix, y = "y_" + suffix;
  Split split;
  split.x = read_int_lists_npy(take_array(entries, x, path), fmt::format("{}: {}", path, x), budget);
  const Tensor labels = read_npy(take_array(entries, y, path), fmt::format("{}: {}", path, y));
  const auto reviews = static_cast<int64_t>(split.x.size());
  if (labels.dtype() != DType::i32 || labels.shape() != Shape{reviews}) {
    throw DataError(fmt::format("{}: {}: expected {} integers, one for each of {}, got {}", path, y, reviews, x,
                                labels.type().str()));
  }
  split.y.assign(labels.data<int32_t>().begin(), labels.data<int32_t>().end());
  return split;
}

/// A rank of the file as an id. Python's integers have no width; ours must be seen to fit.
int64_t shifted(int32_t rank, const LoadOptions& options) {
  const int64_t id = int64_t{rank} + options.index_from;
  if (!std::in_range<int32_t>(id)) {
    throw ValueError(fmt::format("imdb: rank {} plus index_from {} is outside 32 bits", rank, options.index_from));
  }
  return id;
}

std::vector<int32_t> encode_below(std::span<const int32_t> review, const LoadOptions& options, int64_t bound) {
  std::vector<int32_t> out;
  out.reserve(review.size() + 1);
  const auto add = [&](int64_t id) {
    if (options.skip_top <= id && id < bound) {
      out.push_back(static_cast<int32_t>(id));
    } else if (options.oov_char) {
      out.push_back(*options.oov_char);
    }
  };
  if (options.start_char) add(*options.start_char);
  for (const int32_t rank : review) add(shifted(rank, options));
  return out;
}

void check_labels(const Split& split, std::string_view which) {
  if (split.x.size() == split.y.size()) return;
  throw ValueError(fmt::format("imdb: {}: expected a label for each review, got {} reviews and {} labels", which,
                               split.x.size(), split.y.size()));
}

/// Row numbers of the split in shuffled order, without the reviews that are too long.
std::vector<uint32_t> chosen_rows(const Split& split, const LoadOptions& options, NumpyShuffle& shuffle) {
  std::vector<uint32_t> order = shuffle.permutation(static_cast<uint32_t>(split.x.size()));
  if (const int64_t maxlen = options.maxlen.value_or(0); maxlen != 0) {
    const int64_t extra = options.start_char ? 1 : 0;
    std::erase_if(order, [&](uint32_t row) { return static_cast<int64_t>(split.x[row].size()) + extra >= maxlen; });
    if (order.empty()) throw ValueError(fmt::format("imdb: maxlen {} keeps no review; increase it", maxlen));
  }
  return order;
}

/// The largest id among the chosen reviews, kNoBound when they have no word.
int64_t largest_id(const Split& split, const std::vector<uint32_t>& order, const LoadOptions& options) {
  int64_t largest = std::numeric_limits<int64_t>::min();
  for (const uint32_t row : order) {
    if (options.start_char) largest = std::max<int64_t>(largest, *options.start_char);
    for (const int32_t rank : split.x[row]) largest = std::max<int64_t>(largest, rank + int64_t{options.index_from});
  }
  return largest;
}

/// Gives away a raw review as soon as it is encoded: both sets would take twice the memory.
Split encode_split(Split& raw, const std::vector<uint32_t>& order, const LoadOptions& options, int64_t bound) {
  Split out;
  out.x.reserve(order.size());
  out.y.reserve(order.size());
  for (const uint32_t row : order) {
    out.x.push_back(encode_below(std::exchange(raw.x[row], {}), options, bound));
    out.y.push_back(raw.y[row]);
  }
  return out;
}

}  // namespace

Data read_npz(const std::string& path) {
  std::vector<std::byte> file = read_file(path);
  MemoryBudget budget(path, file.size());
  std::vector<ZipEntry> entries = read_zip(file, path);
  file = {};  // the entries are copies
  Split train = read_split(entries, "train", path, budget);
  return {std::move(train), read_split(entries, "test", path, budget)};
}

Data encode(Data raw, const LoadOptions& options) {
  check_labels(raw.train, "train");
  check_labels(raw.test, "test");
  NumpyShuffle shuffle(options.seed);
  const std::vector<uint32_t> train = chosen_rows(raw.train, options, shuffle);
  const std::vector<uint32_t> test = chosen_rows(raw.test, options, shuffle);
  int64_t bound = options.num_words.value_or(0);
  if (bound == 0) {
    bound = std::max(largest_id(raw.train, train, options), largest_id(raw.test, test, options));
  }
  return {encode_split(raw.train, train, options, bound), encode_split(raw.test, test, options, bound)};
}

Data load_data(const LoadOptions& options) {
  const std::optional<std::string> found = find_imdb();
  if (found && cache_damage(*found).empty()) return load_data(*found, options);
  std::string path;
  try {
    path = fetch_imdb();
  } catch (const DataError& error) {
    throw DataError(fmt::format(
        "{}; imdb.npz is not on this machine either: set REEL_DATA to it or its folder, or give load_data its path",
        error.what()));
  }
  return load_data(path, options);
}

std::vector<int32_t> encode_review(std::span<const int32_t> review, const LoadOptions& options) {
  const int32_t num_words = options.num_words.value_or(0);
  return encode_below(review, options, num_words == 0 ? kNoBound : num_words);
}

std::unordered_map<std::string, int32_t> read_word_index(const std::string& path) {
  const std::vector<std::byte> file = read_file(path);
  MemoryBudget budget(path, file.size());
  check_json_cost(text_of(file), path, budget);
  const nlohmann::json json = nlohmann::json::parse(text_of(file), nullptr, false);
  if (!json.is_object()) throw DataError(fmt::format("{}: expected a JSON object of words and ranks", path));
  std::unordered_map<std::string, int32_t> index;
  index.reserve(json.size());
  for (const auto& [word, rank] : json.items()) {
    // 2^64 - 1 taken for an int64_t would be -1.
    const bool fits = rank.is_number_unsigned()
                          ? std::in_range<int32_t>(rank.get<uint64_t>())
                          : rank.is_number_integer() && std::in_range<int32_t>(rank.get<int64_t>());
    if (!fits) {
      throw DataError(fmt::format("{}: expected an integer rank for '{}', got {}", path, excerpt(word),
                                  rank.is_structured() ? rank.type_name() : excerpt(rank.dump())));
    }
    index.emplace(word, rank.get<int32_t>());
  }
  return index;
}

}  // namespace reel::imdb
