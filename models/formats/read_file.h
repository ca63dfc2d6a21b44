// Whole files in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace reel {

/// Everything in the file at `path`. Throws DataError when it is missing, a folder or a device, or cannot be read;
/// MemoryError for a file larger than the machine's memory. Takes as much memory as the file is large. What has no
/// size, as a pipe, may give up to 512 MiB, and takes three times as much.
std::vector<std::byte> read_file(const std::string& path);

}  // namespace reel
