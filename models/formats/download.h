// Files from the network: resumable, checked, and never half there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace reel {

/// Called with the bytes that are here and the bytes there will be; the total is 0 while it is not known.
using Progress = std::function<void(int64_t done, int64_t total)>;

/// What `download` takes at most of a file whose size is not known.
inline constexpr int64_t kMostDownloaded = int64_t{1} << 30;

/// Downloads `url` (http, https or file, redirected only to http or https) to the file `target`, whose folder is
/// created when missing. Bytes gather in `target`.part; when an earlier attempt left such a file, and there is a
/// checksum, the download goes on where it stopped. `target` appears, or is replaced, only when all bytes are here and
/// their checksum is right.
///
/// - checksum: 64 hexadecimal digits of SHA-256, 32 of MD5 (as Keras has them for its older files), or empty for none.
/// - progress: may throw to give up; the exception comes out of `download`, and the part file stays.
/// - most_bytes: of the file. What is larger, by what the server says or by what it sends, is thrown away; no more than
///   this is written to the disk, or held in memory.
///
/// Throws DataError, with the reason in one line, when the server cannot be reached (noticed within 5 s), answers with
/// an error or with something else than the file, as a part of it that was not asked for, sends less than 1 kB a second
/// for 30 s, or sends something else than expected, when the file cannot be written, when `url` is a folder, and where
/// a link stands in the place of the part. ValueError for a checksum of another length.
void download(const std::string& url, const std::string& target, const std::string& checksum,
              const Progress& progress = {}, int64_t most_bytes = kMostDownloaded);

/// How the checksum of the bytes differs from the expected one, in the digits that `download` takes; "" if it does not.
std::string checksum_error(std::span<const std::byte> bytes, const std::string& expected);

}  // namespace reel
