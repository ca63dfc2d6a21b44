// Whole files in and out. A write either replaces the file completely or leaves the old one as it was.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// Replaces the file at `path` by `bytes`: writes a temporary file in the same folder, flushes it to the disk, renames
/// it over `path` and flushes the folder, so that after a crash either the old or the new file is there, whole. A
/// symbolic link is followed; an existing file's permissions are kept. What is no file but a device or a pipe is
/// written to as it stands. Throws DataError naming the path and the system's reason; then no temporary file is left
/// and an existing file is unchanged.
void write_file_atomically(const std::string& path, std::span<const std::byte> bytes);

/// Everything in the file at `path`. Throws DataError when it is missing, a folder, or cannot be read.
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
