// Whole files in and out. A write either replaces the file completely or leaves the old one as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// Replaces the file at `path` by `bytes`: writes a temporary file in the same folder, flushes it to the disk, renames
/// it over `path` and flushes the folder, so that after a crash either the old or the new file is there, whole. Links
/// are followed to the file at their end, which need not be there; an existing file's permissions are kept. What is no
/// file but a device or a pipe is written to as it stands. Throws DataError naming the path and the system's reason,
/// also for a file that is read-only; then no temporary file is left and an existing file is unchanged.
///
/// Temporary files are called as the file, ".tmp-", the process's number, "-" and a counter. Those that were left by
/// processes that were killed are removed by the next write to the same file.
void write_file_atomically(const std::string& path, std::span<const std::byte> bytes);

/// The file at the end of the links that lead on from `path`, be it there or not; a write must replace that one, not a
/// link. Throws DataError where they have no end.
std::string resolve_links(const std::string& path);

/// Throws what `write_file_atomically` would for so many bytes, as far as can be told before there is anything to
/// write: creates the temporary file, with room for them where the file system can make it, and removes it.
void check_writable(const std::string& path, uint64_t bytes = 0);

/// Everything in the file at `path`. Throws DataError when it is missing, a folder or a device, or cannot be read;
/// MemoryError for a file larger than the machine's memory. Takes as much memory as the file is large. What has no
/// size, as a pipe, may give up to 512 MiB, and takes three times as much.
std::vector<std::byte> read_file(const std::string& path);

/// The characters of `text` as bytes, not copied.
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The bytes as characters, not copied.
inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace reel
