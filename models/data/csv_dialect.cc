#include "reel/models/data/csv_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reel/models/data/csv_fields.h"

namespace reel {
namespace {

constexpr std::array kSeparators{',', ';', '\t'};
constexpr int64_t kSampled = 64;  // records that tell the separator

/// How the first records come out with a separator.
struct Trial {
  size_t columns = 0;      ///< of the first record
  bool is_numeric = true;  ///< records after the first, or it alone, are of one number of numbers or missing ones
  double share = -1;       ///< of these among all fields, where all records have as many, and more than one
};

int64_t count_numbers(const std::vector<std::string_view>& fields, char separator) {
  const auto is_number = [=](std::string_view field) {
    return parse_csv_field(field, separator).kind != CsvFieldKind::text;
  };
  return std::ranges::count_if(fields, is_number);
}

bool are_numbers(const std::vector<std::string_view>& fields, char separator) {
  return count_numbers(fields, separator) == std::ssize(fields);
}

Trial trial(std::string_view text, char separator) {
  CsvRecords records(text, separator);
  Trial found;
  size_t columns_below = 0;
  bool is_even = true;
  int64_t fields = 0, numbers = 0;
  for (int64_t count = 0; count < kSampled && records.next(); ++count) {
    const size_t columns = records.fields().size();
    const int64_t here = count_numbers(records.fields(), separator);
    if (count == 0) found.columns = columns;
    if (count <= 1) {
      found.is_numeric = true;  // a header needs no numbers
      columns_below = columns;
    }
    found.is_numeric &= columns == columns_below && columns > 1 && here == static_cast<int64_t>(columns);
    is_even &= columns == found.columns;
    fields += static_cast<int64_t>(columns);
    numbers += here;
  }
  if (found.columns == 0 && !records.problem().empty()) found.columns = records.fields().size();
  const bool is_sound = records.problem().empty() && found.columns > 0;
  found.is_numeric &= is_sound;
  if (is_sound && is_even && found.columns > 1)
    found.share = static_cast<double>(numbers) / static_cast<double>(fields);
  return found;
}

bool counts_from_zero(const std::vector<std::string_view>& fields, size_t begin) {
  for (size_t i = begin; i < fields.size(); ++i) {
    if (fields[i] != fmt::to_string(i - begin)) return false;
  }
  return begin < fields.size();
}

}  // namespace

char csv_separator(std::string_view& text) {
  constexpr size_t kHint = 5;  // "sep=;"
  const bool has_hint = (text.starts_with("sep=") || text.starts_with("SEP=")) && text.size() > kHint &&
                        (text[kHint] == '\n' || text[kHint] == '\r');
  if (has_hint) {
    const char separator = text[kHint - 1];
    text.remove_prefix(kHint);  // what is left of the line is an empty one
    return separator;
  }
  std::array<Trial, kSeparators.size()> trials;
  std::ranges::transform(kSeparators, trials.begin(), [&](char separator) { return trial(text, separator); });
  const auto separator_of = [&](auto found) { return kSeparators[static_cast<size_t>(found - trials.begin())]; };
  // Of two separators hardly both leave numbers: what holds one of them is none to the other.
  const auto numeric = std::ranges::find(trials, true, &Trial::is_numeric);
  if (numeric != trials.end()) return separator_of(numeric);
  const auto likeliest = std::ranges::max_element(trials, {}, &Trial::share);
  if (likeliest->share >= 0) return separator_of(likeliest);
  return separator_of(std::ranges::max_element(trials, {}, &Trial::columns));
}

std::string other_separator(std::string_view field) {
  constexpr size_t kSeen = 1024;
  field = field.substr(0, kSeen);
  for (const char separator : {';', '\t', '|', ' ', ':'}) {
    CsvRecords records(field, separator);
    if (!records.next()) continue;
    std::vector<std::string_view> parts = records.fields();
    if (separator == ' ') std::erase(parts, "");
    if (parts.size() > 1 && are_numbers(parts, ',')) return separator_name(separator);
  }
  return {};
}

std::string separator_around_quotes(std::string_view text, char separator) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  const auto is_whole = [=](std::string_view part) { return part.find(separator) == part.npos; };
  for (const char other : {' ', '|', ':', ',', ';', '\t'}) {
    CsvRecords records(line, other);
    const bool is_cut = other != separator && records.next() && records.fields().size() > 1;
    if (is_cut && std::ranges::all_of(records.fields(), is_whole)) return separator_name(other);
  }
  return {};
}

std::string separator_name(char separator) {
  switch (separator) {
    case '\t': return "tabs";
    case ' ': return "spaces";
    default: return fmt::format("'{}'", separator);
  }
}

CsvFirstLine kind_of_first_line(const std::vector<std::string_view>& fields, char separator) {
  if (!are_numbers(fields, separator)) return CsvFirstLine::names;
  if (fields.size() == 1) return fields[0] == "0" ? CsvFirstLine::lone_zero : CsvFirstLine::row;
  const bool counts = counts_from_zero(fields, 0) || (fields[0].empty() && counts_from_zero(fields, 1));
  if (counts) return CsvFirstLine::counts;
  const auto is_finite = [=](std::string_view field) {
    const CsvField parsed = parse_csv_field(field, separator);
    return parsed.kind == CsvFieldKind::number && std::isfinite(parsed.value);
  };
  const bool may_be_names = fields[0].empty() && std::all_of(fields.begin() + 1, fields.end(), is_finite);
  return may_be_names ? CsvFirstLine::numbers : CsvFirstLine::row;
}

}  // namespace reel
