// What the bytes of a table in text are, before it is cut into fields.
#pragma once

#include <string>
#include <string_view>

namespace reel {

/// The UTF-8 text of a table, without a byte order mark; `decoded` holds it where it was UTF-16. Throws DataError for
/// what is no such text: files of other kinds, which it names, UTF-32, and text with a NUL.
std::string_view csv_text(std::string_view text, std::string_view source, std::string& decoded);

}  // namespace reel
