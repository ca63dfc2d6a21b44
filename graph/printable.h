// Text of others, made fit for a message or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace reel {

/// `text` on one line, with nothing in it that a terminal obeys or that cannot be seen: control characters, line
/// separators, characters that order or hide others (U+202E, U+200B, ...) and bytes that are no UTF-8 become escapes,
/// as in Python: \n, \x1b, \u202e. \x and two digits from 80 on are a byte, not a character. Everything else stays, a
/// backslash too, so that what is printable once stays as it is.
std::string printable(std::string_view text);

/// The beginning of `text`, printable: at most `most` characters of it, and "..." where it is longer. For names, keys
/// and fields of files, whose length is the file's to choose.
std::string excerpt(std::string_view text, size_t most = 80);

/// The character at the front of `text`, which is not empty: a Unicode character, or a byte that begins none, which is
/// no valid UTF-8.
struct FirstCharacter {
  char32_t code;
  size_t bytes;
  bool is_valid;
};
FirstCharacter first_character(std::string_view text);

}  // namespace reel
