#include "reel/models/formats/weights_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/zip.h"
#include "reel/models/sequential_state.h"

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
  std::vector<ZipEntry> entries;
  for (const auto& [name, tensor] : tensors) entries.push_back({name + std::string(kSuffix), write_npy(tensor)});
  if (!note.empty()) {
    const auto bytes = bytes_of(note);
    entries.push_back({std::string(kNote), {bytes.begin(), bytes.end()}});
  }
  write_file_atomically(path, write_zip(entries));
}

WeightsFile read_weights_file(const std::string& path) {
  const std::vector<std::byte> archive = read_file(path);
  WeightsFile file;
  file.bytes = archive.size();
  for (ZipEntry& entry : unpacked(archive, path)) {
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

void Sequential::save_weights(const std::string& path, const std::string& note) const {
  const Use use(state(), "save_weights", Use::kLooks);
  if (weights().empty()) throw Error(fmt::format("save_weights: {} has no weights, or is not built yet", name()));
  const std::string why = misnamed(path, kNpzKind);
  if (!why.empty()) throw ValueError(fmt::format("save_weights: {}: {}", path, why));
  const WeightsInUse ours(use->distinct);
  write_weights_file(path, weights(), note);
}

void Sequential::load_weights(const std::string& path) {
  const Use use(state(), "load_weights", Use::kTrains);
  if (weights().empty()) throw Error(fmt::format("load_weights: {} has no weights, or is not built yet", name()));
  const WeightsFile file = read_weights_file(path);
  std::vector<Tensor> values;
  for (const auto& [name, own] : weights()) {
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                    [&name = name](const auto& entry) { return entry.first == name; });
    if (found == file.tensors.end())
      throw DataError(fmt::format("{}: has no weight \"{}\", which the model needs", path, excerpt(name)));
    if (own && !(own.type() == found->second.type())) {
      throw ShapeError(fmt::format("{}: weight \"{}\" is {} in the file, the model needs {}", path, excerpt(name),
                                   found->second.type().str(), own.type().str()));
    }
    values.push_back(found->second);
  }
  if (!values.empty() && file.tensors.size() != values.size()) {
    throw DataError(fmt::format("{}: holds {} weights, the model has {}", path, file.tensors.size(), values.size()));
  }
  set_weights(values);
}

}  // namespace reel
