#include "reel/models/formats/npz.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

constexpr std::string_view kSuffix = ".npy";

}  // namespace

NamedTensors read_npz(std::span<const std::byte> archive, std::string_view source) {
  NamedTensors out;
  for (ZipEntry& entry : read_zip(archive, source)) {
    const std::string where = fmt::format("{}: {}", source, excerpt(entry.name));
    if (!entry.name.ends_with(kSuffix)) {
      throw DataError(fmt::format("{}: expected a name that ends in .npy{}", where, got_kind(archive, kNpzKind)));
    }
    out.emplace_back(entry.name.substr(0, entry.name.size() - kSuffix.size()), read_npy(entry.bytes, where));
    entry.bytes = {};  // the tensor holds a copy; do not keep both of every array
  }
  return out;
}

NamedTensors load_npz(const std::string& path) { return read_npz(read_file(path), path); }

std::vector<std::byte> write_npz(const NamedTensors& tensors) {
  std::vector<ZipEntry> entries;
  for (const auto& [key, tensor] : tensors) {
    if (key.empty()) throw ValueError("npz: an array needs a name");
    entries.push_back({fmt::format("{}{}", key, kSuffix), write_npy(tensor)});
  }
  return write_zip(entries);
}

void save_npz(const std::string& path, const NamedTensors& tensors) {
  const std::string why = misnamed(path, kNpzKind);
  if (!why.empty()) throw ValueError(fmt::format("save_npz: {}: {}", path, why));
  write_file_atomically(path, write_npz(tensors));
}

}  // namespace reel
