// What the text of a table is cut into: records of fields, and fields that are numbers or are not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// Cuts text into records of fields, as `read_csv` describes. Holds the fields of one record at a time, at most 24 MiB.
class CsvRecords {
 public:
  CsvRecords(std::string_view text, char separator) : rest_(text), separator_(separator) {}

  /// The next record that is not empty, as `fields()`. False at the end, and where the text breaks the rules of quotes
  /// or a record has more fields than are held: then `problem()` says so.
  bool next();
  /// Without blanks and quotes around them; doubled quotes stand as they do in the text.
  const std::vector<std::string_view>& fields() const { return fields_; }
  /// The line in which the record begins, from 1.
  int64_t line() const { return line_; }
  /// What is wrong with the last field of `fields()`, or "".
  std::string_view problem() const { return problem_; }
  /// The text from the record's begin on.
  std::string_view text() const { return text_; }

 private:
  void take_record();
  void take_quoted();
  void take_plain();
  /// Ends the record after a line end or at the end of the text.
  bool take_line_end();

  std::string_view rest_, text_;
  char separator_;
  std::vector<std::string_view> fields_;
  std::string_view problem_;
  bool has_quotes_ = false;
  int64_t line_ = 0, next_line_ = 1;
};

enum class CsvFieldKind : uint8_t { number, missing, text };

struct CsvField {
  CsvFieldKind kind = CsvFieldKind::text;
  double value = 0;
  char decimal_sign = 0;  ///< '.', ',' or 0 where it has none
};

/// A field of `CsvRecords` with one quote where two stand for it.
std::string csv_field_text(std::string_view field);

/// What a field is. A number has up to 65,536 characters. A comma is a decimal sign where `separator` is not a comma.
CsvField parse_csv_field(std::string_view field, char separator);

}  // namespace reel
