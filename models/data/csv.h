// Tables of numbers in text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "reel/graph/tensor.h"

namespace reel {

struct CsvOptions {
  /// What stands between fields; if not given, the text tells.
  std::optional<char> separator = {};
  /// Is told, in whole lines, how the table is read where another reading may be meant: a header that is numbers, an
  /// index that is left out, a comma as decimal sign.
  std::function<void(const std::string& line)> say = {};
};

/// The table as f32 [rows, columns].
///
/// - Text is UTF-8, or UTF-16 with a byte order mark. Lines end with LF, CRLF or CR; empty lines are skipped.
/// - Fields are as RFC 4180 has them: in quotes or not, and within quotes a doubled quote, separators and line ends
///   belong to the field. Blanks around a field do not.
/// - The separator is that of `,`, `;` and tab by which all lines have the same number of numbers; a first line
///   "sep=;", as Excel writes it, says it too.
/// - A number is what Python's float() takes (without underscores): "1e-400" is 0, and "inf" a number, too. Between
///   `;` and tabs the decimal sign may be a comma, in all numbers or in none.
/// - A line has up to 1,048,576 fields, a number up to 65,536 characters.
/// - The first line is a header, and no row, if a field of it is text, so neither number nor missing (empty, or NA,
///   NULL, None, ... as pandas has them), or if it counts 0, 1, ..., n-1, as pandas calls columns without a name. A
///   lone "0" counts only above numbers that all have a decimal point or an exponent. Numbers after an empty field are
///   names, as of years, if the first column counts the rows below.
/// - The first column is left out as an index, if the header has no name for it ("", none, or pandas's "Unnamed: 0")
///   and it counts the rows from 0 or from 1, as pandas and R write them.
///
/// Throws DataError for what is no table, or leaves open which: with the line (counted from 1) and column for a field
/// that is no number, is missing, or is not finite in float32, and for a quote that is not closed; for a line with
/// another number of columns than those before; for a first column without a name whose numbers may be an index, but
/// do not count the rows; when there are no rows; and for files of other kinds, which it names. Takes at most
/// four times the text's size of memory, and 24 MiB.
Tensor read_csv(std::string_view text, std::string_view source, const CsvOptions& options = {});

/// `read_csv` of the file at `path`.
Tensor load_csv(const std::string& path, const CsvOptions& options = {});

}  // namespace reel
