// Text in UTF-16, as Windows programs save it.
#pragma once

#include <string>
#include <string_view>

namespace reel {

/// Whether `bytes` begin with the byte order mark of UTF-16, and not with that of UTF-32.
bool is_utf16(std::string_view bytes);

/// Whether they begin with the byte order mark of UTF-32.
bool is_utf32(std::string_view bytes);

/// The text in UTF-8, without the mark; halves of surrogate pairs become U+FFFD. Throws DataError, which begins with
/// `source`, for a last character that is cut short.
std::string utf8_of_utf16(std::string_view bytes, std::string_view source);

}  // namespace reel
