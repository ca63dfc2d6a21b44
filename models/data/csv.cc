#include "reel/models/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/data/csv_dialect.h"
#include "reel/models/data/csv_fields.h"
#include "reel/models/data/csv_text.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

constexpr size_t kShown = 40;  // of a field in a message

/// A table while it is read.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string_view source, const CsvOptions& options)
      : source_(source),
        say_(options.say),
        separator_(options.separator ? *options.separator : csv_separator(text)),
        records_(text, separator_) {
    values_.reserve(most_numbers(text));
  }

  Tensor read() {
    if (!records_.next()) fail_at_end();
    begin_table();
    while (records_.next()) add_row();
    if (!records_.problem().empty()) fail_at_end();
    if (first_is_lone_zero_ && rows_ > 1 && are_fractions_) drop_lone_zero();
    if (rows_ == 0) throw DataError(fmt::format("{}: expected rows of numbers, got only a header", source_));
    const bool is_indexed = has_index();
    if (first_is_numbers_ && !is_indexed) fail(first_line_, 1, "a finite number", "an empty field");
    const size_t dropped = is_indexed ? 1 : 0;
    if (dropped > 0) drop_first_column();
    return Tensor::of(Shape{rows_, static_cast<int64_t>(columns_ - dropped)}, values_);
  }

 private:
  /// One ends at each separator and line end, and at the end; but for that one they have two characters at least.
  size_t most_numbers(std::string_view text) const {
    const auto is_end = [this](char c) { return c == separator_ || c == '\n' || c == '\r'; };
    return std::min(text.size() / 2, static_cast<size_t>(std::ranges::count_if(text, is_end))) + 1;
  }

  void tell(const std::string& what) const {
    if (say_) say_(printable(fmt::format("{}: {}", source_, what)));
  }

  [[noreturn]] void fail(int64_t line, size_t column, std::string_view expected, std::string_view got,
                         std::string_view hint = {}) const {
    throw DataError(
        fmt::format("{}: line {}, column {}: expected {}, got {}{}", source_, line, column, expected, got, hint));
  }

  [[noreturn]] void fail_at_end() const {
    if (records_.problem().empty()) throw DataError(fmt::format("{}: expected rows of numbers, got none", source_));
    const std::string other = separator_around_quotes(records_.text(), separator_);
    fail(records_.line(), records_.fields().size(), "a field", records_.problem(), looks_separated_by(other));
  }

  /// The first line: a header, or a row.
  void begin_table() {
    const std::vector<std::string_view>& fields = records_.fields();
    switch (kind_of_first_line(fields, separator_)) {
      case CsvFirstLine::lone_zero: first_is_lone_zero_ = true; [[fallthrough]];
      case CsvFirstLine::row: columns_ = fields.size(); return add_row();
      case CsvFirstLine::counts:
        tell(fmt::format("line {} counts columns from 0, as pandas writes it: taken for a header", records_.line()));
        break;
      case CsvFirstLine::numbers: first_is_numbers_ = true; break;
      case CsvFirstLine::names: tell_of_numbers_in(fields); break;
    }
    header_size_ = fields.size();
    first_line_ = records_.line();
    has_unnamed_ = fields[0].empty() || fields[0].starts_with("Unnamed: 0");
  }

  /// A header of names and numbers may be a row with a slip in it.
  void tell_of_numbers_in(const std::vector<std::string_view>& fields) const {
    const auto is = [&](CsvFieldKind kind) {
      return [=, this](std::string_view field) { return parse_csv_field(field, separator_).kind == kind; };
    };
    if (std::ranges::none_of(fields, is(CsvFieldKind::number))) return;
    const auto text = std::ranges::find_if(fields, is(CsvFieldKind::text));
    tell(fmt::format("line {} is taken for a header, since column {} of it is '{}'", records_.line(),
                     text - fields.begin() + 1, excerpt(*text, kShown)));
  }

  void add_row() {
    const std::vector<std::string_view>& fields = records_.fields();
    if (columns_ == 0) columns_ = fields.size();
    if (fields.size() != columns_) {
      throw DataError(
          fmt::format("{}: line {}: expected {} columns, got {}", source_, records_.line(), columns_, fields.size()));
    }
    for (size_t i = 0; i < columns_; ++i) values_.push_back(number_in(fields[i], i + 1));
    ++rows_;
  }

  float number_in(std::string_view text, size_t column) {
    const CsvField field = parse_csv_field(text, separator_);
    if (field.kind != CsvFieldKind::number) fail_as_no_number(text, column);
    if (field.decimal_sign != 0) check_decimal_sign(field.decimal_sign, column);
    if (rows_ > 0) are_fractions_ &= field.decimal_sign != 0 || text.find_first_of("eE") != text.npos;
    const auto value = static_cast<float>(field.value);
    if (std::isfinite(value)) return value;
    const bool is_large = std::isfinite(field.value);
    fail(records_.line(), column, is_large ? "a number that float32 can hold" : "a finite number", quoted(text));
  }

  [[noreturn]] void fail_as_no_number(std::string_view text, size_t column) const {
    const std::string other = columns_ == 1 ? other_separator(text) : std::string();
    fail(records_.line(), column, "a finite number", text.empty() ? "an empty field" : quoted(text),
         looks_separated_by(other));
  }

  static std::string looks_separated_by(const std::string& other) {
    if (other.empty()) return {};
    return fmt::format("; the table looks separated by {}, expected ',', ';' or tabs", other);
  }

  static std::string quoted(std::string_view text) { return fmt::format("'{}'", excerpt(text, kShown)); }

  /// A comma in some numbers and a point in others: one of them groups thousands, and which cannot be known.
  void check_decimal_sign(char sign, size_t column) {
    if (decimal_sign_ == 0) {
      decimal_sign_ = sign;
      decimal_line_ = records_.line();
      if (sign == ',') tell(fmt::format("read with {} between fields and a decimal comma", separator_name(separator_)));
    }
    if (sign == decimal_sign_) return;
    fail(records_.line(), column, fmt::format("'{}' as decimal sign, as in line {}", decimal_sign_, decimal_line_),
         fmt::format("'{}'", sign));
  }

  /// Rows whose first column numbers them, under a header that has no name for it.
  bool has_index() const {
    const bool is_extra = header_size_ > 0 && header_size_ + 1 == columns_;
    const bool may_be = columns_ > 1 && ((has_unnamed_ && header_size_ == columns_) || is_extra);
    if (header_size_ > 0 && header_size_ != columns_ && !is_extra) {
      tell(fmt::format("the header has {} columns, and the rows have {}", header_size_, columns_));
    }
    if (!may_be) return false;
    for (const int64_t first : {0, 1}) {
      if (!counts_rows_from(first)) continue;
      tell(fmt::format("the first column has no name and counts the rows from {}: left out as an index{}", first,
                       first_is_numbers_ ? ", and the numbers of the first line taken for a header" : ""));
      return true;
    }
    if (first_is_numbers_ || !is_of_integers()) return false;
    throw DataError(fmt::format(
        "{}: the first column has no name and looks like an index, but does not count the rows from 0: expected a name "
        "for it, or a table without it (in pandas: index=False)",
        source_));
  }

  float first_of(int64_t row) const { return values_[static_cast<size_t>(row) * columns_]; }

  bool counts_rows_from(int64_t first) const {
    for (int64_t row = 0; row < rows_; ++row) {
      if (first_of(row) != static_cast<float>(first + row)) return false;
    }
    return true;
  }

  /// Repeated ones are an index as well, as of tables that were put one below the other.
  bool is_of_integers() const {
    for (int64_t row = 0; row < rows_; ++row) {
      if (first_of(row) != std::trunc(first_of(row))) return false;
    }
    return true;
  }

  void drop_first_column() {
    size_t to = 0;
    for (size_t from = 0; from < values_.size(); ++from) {
      if (from % columns_ != 0) values_[to++] = values_[from];
    }
    values_.resize(to);
  }

  void drop_lone_zero() {
    tell("the first line is 0 above numbers with a decimal point, as pandas writes it: taken for a header");
    values_.erase(values_.begin());
    --rows_;
  }

  std::string_view source_;
  const std::function<void(const std::string&)>& say_;
  char separator_;
  CsvRecords records_;
  std::vector<float> values_;
  int64_t rows_ = 0;
  size_t columns_ = 0, header_size_ = 0;
  bool has_unnamed_ = false, first_is_lone_zero_ = false, first_is_numbers_ = false, are_fractions_ = true;
  char decimal_sign_ = 0;
  int64_t decimal_line_ = 0, first_line_ = 0;
};

}  // namespace

Tensor read_csv(std::string_view text, std::string_view source, const CsvOptions& options) {
  std::string decoded;
  return CsvReader(csv_text(text, source, decoded), source, options).read();
}

Tensor load_csv(const std::string& path, const CsvOptions& options) {
  const std::vector<std::byte> file = read_file(path);
  return read_csv(text_of(file), path, options);
}

}  // namespace reel
