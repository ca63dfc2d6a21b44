#include "reel/models/data/csv_text.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/data/utf16.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"

namespace reel {

std::string_view csv_text(std::string_view text, std::string_view source, std::string& decoded) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (is_utf16(text)) {
    decoded = utf8_of_utf16(text, source);
    text = decoded;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (is_utf32(text)) {
    throw DataError(fmt::format("{}: expected a table in text as UTF-8 or UTF-16, got UTF-32", source));
  }
  std::string_view kind = kind_of_content(bytes_of(text));
  if (kind.empty()) kind = kind_of_markup(text);
  if (!kind.empty()) {
    throw DataError(fmt::format("{}: expected a table in text, got what looks like {}", source, kind));
  }
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    throw DataError(
        fmt::format("{}: expected a table in text, got a NUL at byte {}: it looks like UTF-16 without a byte order "
                    "mark, or no text",
                    source, nul));
  }
  return text;
}

}  // namespace reel
