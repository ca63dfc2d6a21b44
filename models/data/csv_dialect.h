// How a table in text is written: its separator, and whether its first line is a header.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// What separates the fields, told by the first lines; see `read_csv`. Takes a line "sep=;" off the front of `text`.
char csv_separator(std::string_view& text);

/// Another separator by which `field`, which is no number, would be some: "spaces", "'|'"; or "".
std::string other_separator(std::string_view field);

/// A separator other than `separator` by which the first line of `text` is cut into fields, where quotes stand as they
/// may not by `separator`: "spaces", "'|'"; or "".
std::string separator_around_quotes(std::string_view text, char separator);

/// "tab" or "';'", for messages.
std::string separator_name(char separator);

/// What a first line is.
enum class CsvFirstLine {
  row,
  names,      ///< a header: a field is text
  counts,     ///< a header: 0, 1, ..., as pandas calls columns without a name, perhaps after an empty one
  numbers,    ///< a header without a name for the first column and with numbers for the others, if that one counts rows
  lone_zero,  ///< a row, or a header of that kind
};
CsvFirstLine kind_of_first_line(const std::vector<std::string_view>& fields, char separator);

}  // namespace reel
