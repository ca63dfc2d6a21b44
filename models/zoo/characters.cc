#include "reel/models/zoo/characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/data/timeseries.h"
#include "reel/models/data/utf16.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLicences = "/usr/share/common-licenses";
constexpr size_t kMostCharacters = 1000;  // of a language of ideographs the most frequent
constexpr int64_t kHeldOut = 10, kFewestWindows = 20;

/// Bytes of the UTF-8 character that begins with `byte`; 1 for what begins none.
size_t length_of(char byte) {
  const auto first = static_cast<unsigned char>(byte);
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> characters;
  for (size_t at = 0; at < text.size(); at += characters.back().size()) {
    characters.emplace_back(text.substr(at, length_of(text[at])));
  }
  return characters;
}

std::string read_text(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  const std::string_view text = text_of(bytes);
  if (is_utf16(text)) return utf8_of_utf16(text, path);
  if (text.find('\0') != text.npos) throw DataError(fmt::format("{}: expected a text, got a NUL in it", path));
  return std::string(text);
}

/// The files of a folder that are texts, sorted; of Debian's licences all that are no links to others.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const bool is_wanted = it->path().extension() == ".txt" || folder == kLicences;
    if (is_wanted && !it->is_symlink(error) && it->is_regular_file(error)) files.push_back(it->path().string());
  }
  std::ranges::sort(files);
  return files;
}

/// By falling frequency, of equal ones by their bytes; rank 0 is none.
std::vector<std::string> ranked(const std::vector<std::string>& characters) {
  std::map<std::string, int64_t> counts;
  for (const std::string& character : characters) ++counts[character];
  std::vector<std::pair<std::string, int64_t>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::ranges::greater(), &std::pair<std::string, int64_t>::second);
  std::vector<std::string> words{""};
  for (const auto& [character, count] : order) {
    if (words.size() <= kMostCharacters) words.push_back(character);
  }
  return words;
}

std::vector<int32_t> encoded(const std::vector<std::string>& characters, const std::vector<std::string>& words) {
  std::unordered_map<std::string, int32_t> ids;
  for (size_t rank = 1; rank < words.size(); ++rank) ids.emplace(words[rank], static_cast<int32_t>(rank));
  std::vector<int32_t> out;
  for (const std::string& character : characters) {
    const auto found = ids.find(character);
    out.push_back(found == ids.end() ? 0 : found->second);
  }
  return out;
}

/// Windows of the ids from `begin` on, and those one further.
std::pair<Samples, Samples> windows(const Tensor& ids, int64_t begin, int64_t end, int64_t steps, int64_t stride) {
  const auto from = [&](int64_t first) {
    return timeseries_dataset_from_array(ids.slice_rows(first, end - 1 + (first - begin)), {}, steps,
                                         {.sequence_stride = stride})
        .x;
  };
  return {from(begin), from(begin + 1)};
}

}  // namespace

ZooData load_characters(const ZooDataOptions& options) {
  std::error_code error;
  const std::string path = options.path.empty() ? kLicences : options.path;
  ZooData data;
  data.files = fs::is_directory(path, error) ? files_in(path) : std::vector<std::string>{path};
  if (data.files.empty()) throw DataError(fmt::format("{}: expected .txt files in it, there is none", path));
  std::string text;
  for (const std::string& file : data.files) text += read_text(file);
  const std::vector<std::string> characters = characters_of(text);
  data.words = ranked(characters);
  const Tensor ids = Tensor::of(encoded(characters, data.words));
  const int64_t steps = options.config["steps"], stride = options.config["stride"], count = ids.size();
  if (count < kFewestWindows * (steps + 1)) {
    throw DataError(fmt::format("{}: expected {} windows of {} characters or more, got {} characters", path,
                                kFewestWindows, steps, count));
  }
  const int64_t split = count - count / 10;
  const auto bounded = [&](const Samples& all) {
    return options.rows > 0 ? all.slice_rows(0, std::min(all.shape()[0], options.rows)) : all;
  };
  const auto [x, y] = windows(ids, 0, split, steps, stride);
  const auto [validation_x, validation_y] = windows(ids, split, count, steps, steps);
  data.x = bounded(x);
  data.y = bounded(y);
  data.validation_x = bounded(validation_x);
  data.validation_y = bounded(validation_y);
  data.held_out_x = validation_x.read(0, std::min(validation_x.shape()[0], kHeldOut));
  data.held_out_y = validation_y.read(0, data.held_out_x.shape()[0]);
  data.options = {{"kinds", static_cast<int64_t>(data.words.size())}};
  data.source = fmt::format("{}; {} characters of {} kinds, {} windows to train on, {} to validate on", path, count,
                            data.words.size() - 1, data.x.shape()[0], data.validation_x.shape()[0]);
  return data;
}

namespace {

/// An id of the distribution, each by its probability to the power of `sharpness`; never 0, which is no character.
size_t drawn(std::span<const float> probabilities, int64_t sharpness, Random& random) {
  std::vector<double> weights(probabilities.begin(), probabilities.end());
  double total = weights[0] = 0;
  for (double& weight : weights) {
    const double once = weight;
    for (int64_t i = 1; i < sharpness; ++i) weight *= once;
    total += weight;
  }
  double left = random.uniform() * total;
  for (size_t id = 1; id < weights.size(); ++id) {
    left -= weights[id];
    if (left < 0) return id;
  }
  return weights.size() - 1;
}

}  // namespace

std::string write_on(ZooTrained& trained, const std::string& text) {
  const ZooConfig& config = trained.config;
  std::vector<std::string> characters = characters_of(text);
  std::vector<int32_t> ids = encoded(characters, trained.words);
  if (ids.empty()) throw DataError("expected a text to write on, got an empty one");
  const auto steps = static_cast<size_t>(config["steps"]), kinds = static_cast<size_t>(config["kinds"]);
  Random random(config.seed);
  std::string out = text;
  for (int64_t i = 0; i < config["characters"]; ++i) {
    // What stands behind the last character does not reach what follows it.
    std::vector<int32_t> window(ids.end() - static_cast<ptrdiff_t>(std::min(ids.size(), steps)), ids.end());
    const size_t last = window.size() - 1;
    window.resize(steps);
    const Tensor predicted = trained.model.predict(Tensor::of(window).reshaped({1, config["steps"]}));
    const size_t id = drawn(predicted.data<float>().subspan(last * kinds, kinds), config["sharpness"], random);
    ids.push_back(static_cast<int32_t>(id));
    if (id < trained.words.size()) out += trained.words[id];
  }
  return out;
}

std::string show_writing(const ZooData& data, ZooTrained& trained) {
  std::string begin;
  for (const int32_t id : data.held_out_x.slice_rows(0, 1).data<int32_t>())
    begin += data.words.at(static_cast<size_t>(id));
  return fmt::format("What it writes on, after the first {} characters:\n{}\n", data.held_out_x.shape()[1],
                     write_on(trained, begin));
}

}  // namespace reel
