// ZIP archives in memory, through libzip: what .npz and .keras files are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

struct ZipEntry {
  std::string name;
  std::vector<std::byte> bytes;
};

/// What one entry, and the archive as a whole, may unpack to. Keras refuses the same kinds of archive, since a few
/// kilobytes can ask for terabytes.
struct ZipLimits {
  /// Largest unpacked entry, in bytes.
  uint64_t entry = uint64_t{4} << 30;
  /// All that is unpacked, in bytes; if none is given, `unpacked_bound` of the archive's size.
  std::optional<uint64_t> total = {};
  uint64_t entries = 1 << 16;
};

/// All files of the archive in its order; folders are left out. `source` names the archive in messages. Throws
/// DataError when the archive is truncated, damaged (every checksum is verified), encrypted, names an entry twice, or
/// unpacks beyond `limits`. Takes at most twice the limits' total of memory.
std::vector<ZipEntry> read_zip(std::span<const std::byte> archive, std::string_view source,
                               const ZipLimits& limits = {});

/// An archive of the entries, stored without compression, in their order. The same entries give the same bytes: every
/// entry is dated 1980-01-01. Throws ValueError for an empty name or one used twice.
std::vector<std::byte> write_zip(std::span<const ZipEntry> entries);

/// The entry called `name`, or null.
ZipEntry* find_entry(std::span<ZipEntry> entries, std::string_view name);

}  // namespace reel
