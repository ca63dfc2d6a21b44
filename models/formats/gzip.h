// Gzip streams, such as the published IDX files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace reel {

/// Whether `bytes` begin as a gzip stream does.
bool is_gzip(std::span<const std::byte> bytes);

/// The unpacked bytes of one or more gzip members, with any zeros between and after them, as gunzip and Python read
/// them; `source` names them in messages. Throws DataError when the stream is truncated or damaged, is followed by
/// something else (as in Python; gunzip only warns), or unpacks to more than `limit` bytes. Takes at most twice the
/// limit of memory.
std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view source, uint64_t limit);

/// The same with the limit `unpacked_bound` of the packed size.
std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view source);

}  // namespace reel
