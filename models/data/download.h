// Files from the network: resumable, checked, and never half there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace reel {

/// Called with the bytes that are here and the bytes there will be; the total is 0 while it is not known.
using Progress = std::function<void(int64_t done, int64_t total)>;

/// Downloads `url` (http, https or file) to the file `target`, whose folder is created when missing. Bytes gather in
/// `target`.part; when an earlier attempt left such a file, the download goes on where it stopped. `target` appears, or
/// is replaced, only when all bytes are here and their checksum is right.
///
/// - checksum: 64 hexadecimal digits of SHA-256, 32 of MD5 (as Keras has them for its older files), or empty for none.
/// - progress: may throw to give up; the exception comes out of `download`, and the part file stays.
///
/// Throws DataError, with the reason in one line, when the server cannot be reached (noticed within 5 s), answers with
/// an error, stops sending for 30 s, or sends something else than expected, and when the file cannot be written.
/// ValueError for a checksum of another length.
void download(const std::string& url, const std::string& target, const std::string& checksum,
              const Progress& progress = {});

}  // namespace reel
