#include "reel/models/files/weights_file.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/safetensors.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

constexpr std::string_view kNote = "reel.json", kSuffix = ".npy";

std::vector<ZipEntry> unpacked(std::span<const std::byte> file, const std::string& path) {
  const std::string_view kind = kind_of_content(file);
  if (kind.empty() || kind == kNpzKind || kind == kZipKind) return read_zip(file, path);
  throw DataError(
      fmt::format("{}: looks like {}, which Reel does not read; weights are read from {}", path, kind, kNpzKind));
}

}  // namespace

void write_weights_file(const std::string& path, const NamedTensors& tensors, const std::string& note) {
  if (path.ends_with(".safetensors")) {
    Safetensors content{tensors, {}};
    if (!note.empty()) content.metadata.emplace_back(kNoteName, note);
    return write_file_atomically(path, write_safetensors(content));
  }
  std::vector<ZipEntry> entries;
  for (const auto& [name, tensor] : tensors) entries.push_back({name + std::string(kSuffix), write_npy(tensor)});
  if (!note.empty()) {
    const auto bytes = bytes_of(note);
    entries.push_back({std::string(kNote), {bytes.begin(), bytes.end()}});
  }
  write_file_atomically(path, write_zip(entries));
}

bool holds_layers(std::span<const std::byte> bytes) {
  const std::string_view kind = kind_of_content(bytes);
  return kind == kHdf5Kind || kind == kKerasKind;
}

WeightsFile parse_weights_file(std::span<const std::byte> bytes, const std::string& path) {
  WeightsFile file;
  file.bytes = bytes.size();
  if (is_safetensors(bytes)) {
    Safetensors content = read_safetensors(bytes, path);
    file.tensors = std::move(content.tensors);
    for (auto& [name, text] : content.metadata) {
      if (name == kNoteName) file.note = std::move(text);
    }
    return file;
  }
  for (ZipEntry& entry : unpacked(bytes, path)) {
    if (entry.name == kNote) {
      file.note = text_of(entry.bytes);
    } else if (entry.name.ends_with(kSuffix)) {
      file.tensors.emplace_back(entry.name.substr(0, entry.name.size() - kSuffix.size()),
                                read_npy(entry.bytes, fmt::format("{}: {}", path, excerpt(entry.name))));
      entry.bytes = {};  // the tensor holds a copy
    } else {
      throw DataError(fmt::format("{}: is no file of weights, it holds \"{}\"", path, excerpt(entry.name)));
    }
  }
  return file;
}

WeightsFile read_weights_file(const std::string& path) { return parse_weights_file(read_file(path), path); }

}  // namespace reel
