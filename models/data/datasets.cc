#include "reel/models/data/datasets.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImdb = "imdb.npz";
constexpr const char* kImdbWordIndex = "imdb_word_index.json";
constexpr const char* kFashionMnist = "fashion-mnist";

/// $variable, or else $HOME/below_home; nothing where both are unset. An empty variable counts as unset.
std::optional<fs::path> folder_of(const char* variable, const char* below_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value != '\0') return fs::path(value);
  const char* home = below_home != nullptr ? std::getenv("HOME") : nullptr;
  if (home == nullptr || *home == '\0') return std::nullopt;
  return fs::path(home) / below_home;
}

std::optional<fs::path> own_cache() {
  const auto cache = folder_of("XDG_CACHE_HOME", ".cache");
  return cache ? std::optional(*cache / "reel") : std::nullopt;
}

std::optional<fs::path> keras_cache() {
  const auto keras = folder_of("KERAS_HOME", ".keras");
  return keras ? std::optional(*keras / "datasets") : std::nullopt;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// What $REEL_DATA names, a folder or the file imdb.npz itself. Throws DataError where it is set but leads nowhere.
std::optional<fs::path> named_data() {
  const auto path = folder_of("REEL_DATA", nullptr);
  if (!path) return path;
  std::error_code error;
  // "." because a folder that must not be entered is found, but nothing in it.
  if (fs::exists(is_folder(*path) ? *path / "." : *path, error)) return path;
  throw DataError(fmt::format("REEL_DATA: {}: {}", path->string(),
                              error ? "cannot open: " + error.message() : "no such file or folder"));
}

/// The folder that $REEL_DATA names, itself or by a file in it.
std::optional<fs::path> named_folder() {
  const auto path = named_data();
  return path && !is_folder(*path) ? path->parent_path() : path;
}

/// The folders that may hold a data file, the first to be preferred.
std::vector<fs::path> data_folders() {
  std::vector<fs::path> folders;
  for (const auto& folder : {named_folder(), keras_cache(), own_cache()}) {
    if (folder) folders.push_back(*folder);
  }
  return folders;
}

std::optional<std::string> find_file(const std::vector<fs::path>& folders, const char* name) {
  for (const fs::path& folder : folders) {
    if (is_file(folder / name)) return (folder / name).string();
  }
  return std::nullopt;
}

bool holds_fashion_mnist(const fs::path& folder) {
  for (const char* name :
       {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    if (!is_file(folder / name) && !is_file(folder / (std::string(name) + ".gz"))) return false;
  }
  return true;
}

/// A file that is downloaded where it is missing.
struct Published {
  const char* name;
  const char* checksum;
  int64_t most_bytes;
};

// The checksums are those of keras.datasets.imdb; the second is an MD5. The files have 17.5 and 1.6 MB.
constexpr Published kPublished[] = {
    {kImdb, "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f", 20'000'000},
    {kImdbWordIndex, "bfafd718b763782e994055a2d397834f", 2'000'000},
};

std::string fetch(const Published& file, const Progress& progress, const std::string& origin) {
  std::string target = (fs::path(cache_folder()) / file.name).string();
  if (!is_file(target) || !cache_damage(target).empty()) {
    download(origin + file.name, target, file.checksum, progress, file.most_bytes);
  }
  return target;
}

}  // namespace

std::optional<std::string> find_imdb(const std::string& data_flag) {
  if (data_flag.empty()) {
    const auto named = named_data();
    return named && !is_folder(*named) ? named->string() : find_file(data_folders(), kImdb);
  }
  const bool in_folder = is_folder(data_flag);
  const fs::path path = in_folder ? fs::path(data_flag) / kImdb : fs::path(data_flag);
  std::error_code error;
  if (fs::exists(path, error)) return path.string();
  if (error) throw DataError(fmt::format("{}: cannot open: {}", path.string(), error.message()));
  throw DataError(in_folder ? fmt::format("{}: the folder holds no {}", data_flag, kImdb)
                            : fmt::format("{}: no such file or folder", data_flag));
}

std::optional<std::string> find_imdb_word_index(const std::string& imdb_npz) {
  if (!imdb_npz.empty()) {
    if (auto beside = find_file({fs::path(imdb_npz).parent_path()}, kImdbWordIndex)) return beside;
  }
  return find_file(data_folders(), kImdbWordIndex);
}

std::string cache_damage(const std::string& path) {
  for (const auto& folder : {keras_cache(), own_cache()}) {
    for (const Published& file : kPublished) {
      if (!folder || path != (*folder / file.name).string()) continue;
      const std::string error = checksum_error(read_file(path), file.checksum);
      return error.empty() ? "" : fmt::format("{}: {}: it is damaged, or another file", path, error);
    }
  }
  return {};
}

std::string fetch_imdb(const Progress& progress, const std::string& origin) {
  return fetch(kPublished[0], progress, origin);
}

std::string fetch_imdb_word_index(const Progress& progress, const std::string& origin) {
  return fetch(kPublished[1], progress, origin);
}

std::optional<std::string> find_fashion_mnist(const std::string& data_flag) {
  if (!data_flag.empty()) {
    if (holds_fashion_mnist(data_flag)) return data_flag;
    throw DataError(fmt::format("{}: not a folder with the four IDX files of Fashion-MNIST", data_flag));
  }
  std::vector<fs::path> folders;
  if (const auto data = named_folder()) folders.push_back(*data / kFashionMnist);
  folders.push_back(fs::path("/usr/share/datasets") / kFashionMnist);
  if (const auto keras = keras_cache()) folders.push_back(*keras / kFashionMnist);
  for (const fs::path& folder : folders) {
    if (holds_fashion_mnist(folder)) return folder.string();
  }
  return std::nullopt;
}

std::string cache_folder() {
  const auto folder = own_cache();
  if (!folder) throw DataError("no folder for downloads: neither XDG_CACHE_HOME nor HOME is set");
  return folder->string();
}

}  // namespace reel
