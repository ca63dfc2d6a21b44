// Changes for readers of ZIP archives. Most are made to an entry, and the archive is packed again: checksums would stop
// nearly all others before any reader behind the ZIP saw them.
#include <algorithm>
#include <cstdint>

#include "reel/graph/error.h"
#include "reel/models/formats/zip.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace reel::fuzz {
namespace {

/// The archive with one entry changed, or nothing where it cannot be read or the result would be too large.
std::vector<std::byte> with_changed_entry(std::span<const std::byte> archive, size_t max_size, unsigned seed) {
  try {
    std::vector<ZipEntry> entries = read_zip(archive, "seed");
    if (entries.empty()) return {};
    std::vector<std::byte>& bytes = entries[seed % entries.size()].bytes;
    const size_t size = bytes.size(), room = size + max_size - archive.size();
    if (room == 0) return {};
    bytes.resize(room);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, room));
    std::vector<std::byte> changed = write_zip(entries);
    return changed.size() <= max_size ? changed : std::vector<std::byte>();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace
}  // namespace reel::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  constexpr unsigned kOneInRaw = 4;  // every fourth change is one of the archive itself
  if (seed % kOneInRaw != 0) {
    const auto changed =
        reel::fuzz::with_changed_entry(std::as_bytes(std::span(data, size)), max_size, seed / kOneInRaw);
    if (!changed.empty()) {
      std::transform(changed.begin(), changed.end(), data, [](std::byte b) { return std::to_integer<uint8_t>(b); });
      return changed.size();
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
