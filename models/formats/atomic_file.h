// Whole files out: a write either replaces the file completely or leaves the old one as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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

}  // namespace reel
