#include "reel/models/data/csv.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"

namespace reel {
namespace {

/// Takes what comes before the next `separator` (or everything) off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator, bool& more) {
  const size_t end = rest.find(separator);
  more = end != std::string_view::npos;
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(more ? end + 1 : rest.size());
  return piece;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// A finite float32, or nothing.
std::optional<float> number(std::string_view field) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  const auto rounded = static_cast<float>(value);
  return std::isfinite(rounded) ? std::optional(rounded) : std::nullopt;
}

bool is_header(std::string_view line, char separator) {
  for (bool more = true; more;) {
    if (number(trimmed(take_until(line, separator, more)))) return false;
  }
  return true;
}

/// Appends the fields of `line` to `values`; returns how many there were.
int64_t read_line(std::string_view line, char separator, const std::string& where, std::vector<float>& values) {
  int64_t column = 0;
  for (bool more = true; more;) {
    const std::string_view field = trimmed(take_until(line, separator, more));
    ++column;
    const std::optional<float> value = number(field);
    if (!value) {
      throw DataError(
          fmt::format("{}, column {}: expected a finite number, got '{}'", where, column, field.substr(0, 40)));
    }
    values.push_back(*value);
  }
  return column;
}

}  // namespace

Tensor read_csv(std::string_view text, std::string_view source, char separator) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<float> values;
  int64_t line_number = 0, columns = 0, count = 0;
  bool first = true;
  for (bool more = true; more;) {
    const std::string_view line = take_until(text, '\n', more);
    ++line_number;
    if (trimmed(line).empty()) continue;
    if (std::exchange(first, false) && is_header(line, separator)) continue;
    const std::string where = fmt::format("{}: line {}", source, line_number);
    const int64_t found = read_line(line, separator, where, values);
    if (count++ == 0) columns = found;
    if (found != columns) throw DataError(fmt::format("{}: expected {} columns, got {}", where, columns, found));
  }
  if (count == 0) throw DataError(fmt::format("{}: expected rows of numbers, got none", source));
  return Tensor::of(Shape{count, columns}, values);
}

Tensor load_csv(const std::string& path, char separator) {
  const std::vector<std::byte> file = read_file(path);
  return read_csv(text_of(file), path, separator);
}

}  // namespace reel
