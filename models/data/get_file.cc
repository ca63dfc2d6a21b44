#include "reel/models/data/get_file.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <tuple>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/data/datasets.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

/// Whether a path stays in the folder that it is put behind.
bool stays_within(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const fs::path& part : path) {
    if (part == "..") return false;
  }
  return path.string().find_first_of(std::string("\0\\", 2)) == std::string::npos;
}

/// The name behind the last slash of a URL, without what a server is asked.
std::string name_in(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  return path.substr(path.find_last_of('/') + 1);
}

std::string file_name(const std::string& url, const GetFileOptions& options) {
  std::string name = options.fname.empty() ? name_in(url) : options.fname;
  const bool is_plain = stays_within(name) && name.find('/') == name.npos && name != ".";
  if (is_plain) return name;
  throw ValueError(fmt::format("get_file: expected the name of a file, got \"{}\"", excerpt(name)));
}

bool is_here(const fs::path& path, const std::string& checksum) {
  std::error_code error;
  return fs::is_regular_file(path, error) &&
         (checksum.empty() || checksum_error(read_file(path.string()), checksum).empty());
}

void write_entry(const fs::path& folder, const ZipEntry& entry, const std::string& archive) {
  if (!stays_within(entry.name)) {
    throw DataError(fmt::format("get_file: {}: entry \"{}\" would lie outside of the folder that it is unpacked to",
                                printable(archive), excerpt(entry.name)));
  }
  const fs::path path = folder / entry.name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    throw DataError(fmt::format("{}: cannot create the folder: {}", path.parent_path().string(), error.message()));
  write_file_atomically(path.string(), entry.bytes);
}

/// A folder is there when it is whole: until then it has another name.
std::string unpacked_zip(const std::string& archive, const std::vector<std::byte>& bytes) {
  const fs::path folder = archive + "_extracted", partial = archive + "_extracted.part";
  std::error_code error;
  if (fs::is_directory(folder, error)) return folder.string();
  fs::remove_all(partial, error);
  for (const ZipEntry& entry : read_zip(bytes, archive)) write_entry(partial, entry, archive);
  fs::create_directories(partial, error);  // of no entries
  fs::rename(partial, folder, error);
  if (error) throw DataError(fmt::format("{}: cannot rename the folder: {}", partial.string(), error.message()));
  return folder.string();
}

std::string unpacked(const std::string& archive) {
  const std::vector<std::byte> bytes = read_file(archive);
  const bool is_tar = archive.ends_with(".tar.gz") || archive.ends_with(".tgz");
  if (is_gzip(bytes) && !is_tar) {
    const bool has_suffix = archive.ends_with(".gz");
    const std::string target = has_suffix ? archive.substr(0, archive.size() - 3) : archive + "_extracted";
    write_file_atomically(target, gunzip(bytes, archive));
    return target;
  }
  constexpr std::string_view kZip = "PK";
  if (!is_tar && bytes.size() > kZip.size() && std::memcmp(bytes.data(), kZip.data(), kZip.size()) == 0) {
    return unpacked_zip(archive, bytes);
  }
  throw DataError(fmt::format("get_file: {}: expected a ZIP archive or gzip to extract{}", printable(archive),
                              is_tar ? ", got one of tar" : got_kind(bytes)));
}

Tensor array_of(const std::map<std::string, Tensor>& arrays, const std::string& name, const std::string& path) {
  const auto found = arrays.find(name);
  if (found != arrays.end() && found->second.ndim() > 0) return found->second;
  throw DataError(fmt::format("{}: expected arrays of rows x_train, y_train, x_test and y_test, {} is {}",
                              printable(path), name, found == arrays.end() ? "not there" : "a scalar"));
}

}  // namespace

std::string get_file(const std::string& url, const GetFileOptions& options) {
  const std::string name = file_name(url, options);
  if (!options.cache_subdir.empty() && !stays_within(options.cache_subdir)) {
    throw ValueError(
        fmt::format("get_file: expected a folder in the cache, got \"{}\"", excerpt(options.cache_subdir)));
  }
  const fs::path folder =
      fs::path(options.cache_dir.empty() ? cache_folder() : options.cache_dir) / options.cache_subdir;
  const std::string target = (folder / name).string();
  if (!is_here(target, options.sha256)) {
    std::error_code error;
    fs::remove_all(target + "_extracted", error);  // of the file that was there before
    download(url, target, options.sha256, options.progress, options.most_bytes);
  }
  return options.extract ? unpacked(target) : target;
}

TrainTest load_train_test(const std::string& path) {
  std::map<std::string, Tensor> arrays;
  for (auto& [name, tensor] : load_npz(path)) arrays[name] = tensor;
  const TrainTest all{array_of(arrays, "x_train", path), array_of(arrays, "y_train", path),
                      array_of(arrays, "x_test", path), array_of(arrays, "y_test", path)};
  for (const auto& [x, y, what] :
       {std::tuple(all.x_train, all.y_train, "train"), std::tuple(all.x_test, all.y_test, "test")}) {
    if (x.shape()[0] == y.shape()[0]) continue;
    throw DataError(fmt::format("{}: expected as many rows of x_{} as of y_{}, got {} and {}", printable(path), what,
                                what, x.shape().str(), y.shape().str()));
  }
  return all;
}

}  // namespace reel
