#include "reel/models/data/csv_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace reel {
namespace {

constexpr size_t kMostFields = 1 << 20;
constexpr size_t kLongestNumber = 1 << 16;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// What pandas takes for a missing number, beside NaN, which is a number that is not finite.
bool is_missing(std::string_view field) {
  constexpr std::array<std::string_view, 12> kMissing{"",    "#N/A", "#N/A N/A", "#NA",  "<NA>", "N/A",
                                                      "n/a", "NA",   "NULL",     "null", "None", "none"};
  return std::ranges::find(kMissing, field) != kMissing.end();
}

/// Of a number whose size std::from_chars cannot tell: 0 for one too small, as in Python, and infinity for one too
/// large.
double out_of_range(std::string_view field) {
  std::istringstream stream{std::string(field)};
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  return stream.fail() ? std::numeric_limits<double>::infinity() : value;
}

/// As Python's float() reads it, with '.' as decimal sign.
bool parse_number(std::string_view field, double& value) {
  if (field.starts_with('+')) {
    field.remove_prefix(1);
    if (field.starts_with('-')) return false;
  }
  if (field.empty() || field.back() == ')') return false;  // "nan(...)" is C's
  const char* end = field.data() + field.size();
  const auto [at, error] = std::from_chars(field.data(), end, value);
  if (at != end || error == std::errc::invalid_argument) return false;
  if (error == std::errc::result_out_of_range) value = out_of_range(field);
  return true;
}

}  // namespace

bool CsvRecords::take_line_end() {
  if (rest_.empty()) return true;
  if (rest_[0] != '\n' && rest_[0] != '\r') return false;
  rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
  ++next_line_;
  return true;
}

void CsvRecords::take_plain() {
  size_t end = 0;
  while (end < rest_.size() && rest_[end] != separator_ && rest_[end] != '\n' && rest_[end] != '\r') ++end;
  fields_.push_back(trimmed(rest_.substr(0, end)));
  rest_.remove_prefix(end);
}

/// From a quote on to the separator or line end after the closing one.
void CsvRecords::take_quoted() {
  has_quotes_ = true;
  size_t end = 1;
  while (end < rest_.size()) {
    const bool is_doubled = rest_.substr(end).starts_with("\"\"");
    if (rest_[end] == '"' && !is_doubled) break;
    const bool is_crlf = rest_.substr(end).starts_with("\r\n");
    next_line_ += rest_[end] == '\n' || (rest_[end] == '\r' && !is_crlf);
    end += is_doubled ? 2 : 1;
  }
  fields_.push_back(trimmed(rest_.substr(1, end - 1)));
  if (end >= rest_.size()) {
    problem_ = "a quote that is not closed";
    rest_ = {};
    return;
  }
  rest_.remove_prefix(end + 1);
  while (!rest_.empty() && is_blank(rest_[0]) && rest_[0] != separator_) rest_.remove_prefix(1);
  const bool is_end = rest_.empty() || rest_[0] == separator_ || rest_[0] == '\n' || rest_[0] == '\r';
  if (!is_end) problem_ = "text after a closing quote";
}

void CsvRecords::take_record() {
  line_ = next_line_;
  text_ = rest_;
  fields_.clear();
  has_quotes_ = false;
  while (problem_.empty()) {
    if (fields_.size() == kMostFields) {
      problem_ = "more than 1048576 fields in a line";
      return;
    }
    size_t blanks = 0;
    while (blanks < rest_.size() && is_blank(rest_[blanks]) && rest_[blanks] != separator_) ++blanks;
    if (rest_.substr(blanks).starts_with('"')) {
      rest_.remove_prefix(blanks);
      take_quoted();
    } else {
      take_plain();
    }
    if (!problem_.empty() || take_line_end()) return;
    rest_.remove_prefix(1);
  }
}

bool CsvRecords::next() {
  while (!rest_.empty()) {
    take_record();
    if (!problem_.empty()) return false;
    if (fields_.size() > 1 || !fields_[0].empty() || has_quotes_) return true;
  }
  return false;
}

CsvField parse_csv_field(std::string_view field, char separator) {
  CsvField parsed;
  if (field.size() > kLongestNumber) return parsed;
  const bool has_comma = separator != ',' && field.find(',') != field.npos, has_point = field.find('.') != field.npos;
  parsed.decimal_sign = has_comma ? ',' : has_point ? '.' : '\0';
  bool is_number = false;
  if (has_comma) {
    std::string with_point(field);
    std::ranges::replace(with_point, ',', '.');
    is_number = !has_point && parse_number(with_point, parsed.value);
  } else {
    is_number = parse_number(field, parsed.value);
  }
  if (is_number) {
    parsed.kind = CsvFieldKind::number;
  } else if (is_missing(field)) {
    parsed.kind = CsvFieldKind::missing;
  }
  return parsed;
}

std::string csv_field_text(std::string_view field) {
  std::string text(field);
  for (size_t at = text.find("\"\""); at != text.npos; at = text.find("\"\"", at + 1)) text.erase(at, 1);
  return text;
}

}  // namespace reel
