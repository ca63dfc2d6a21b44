#include "reel/models/data/csv_rows.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/data/csv_dialect.h"
#include "reel/models/data/csv_fields.h"
#include "reel/models/data/csv_text.h"

namespace reel {
namespace {

constexpr size_t kPiece = 1 << 20, kLongestRecord = 16 << 20, kShown = 40;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_empty(std::string_view record) { return record.find_first_not_of(" \t\r\n") == record.npos; }

}  // namespace

CsvRows::CsvRows(const std::string& path, const CsvRowsOptions& options)
    : path_(path), options_(options), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_.get() < 0) throw_file_error(path, "open", errno);
  read_header();
  find_columns();
}

DataTypes CsvRows::types() const {
  DataTypes types{.x = {{DType::f32, {rows, std::ssize(x_)}}}, .y = {}};
  if (!y_.empty()) types.y = {{DType::f32, {rows, std::ssize(y_)}}};
  return types;
}

bool CsvRows::fill() {
  if (is_at_end_) return false;
  text_.erase(0, begin_);
  begin_ = 0;
  const size_t held = text_.size();
  if (held > kLongestRecord) {
    throw DataError(
        fmt::format("{}: line {}: expected up to {} bytes, or a quote is not closed", path_, line_, kLongestRecord));
  }
  text_.resize(held + kPiece);
  ssize_t count;
  do count = ::read(file_.get(), text_.data() + held, kPiece);
  while (count < 0 && errno == EINTR);
  if (count < 0) throw_file_error(path_, "read", errno);
  text_.resize(held + static_cast<size_t>(count));
  is_at_end_ = count == 0;
  return true;
}

/// Quotes count where a field begins with them, as CsvRecords has it.
size_t CsvRows::record_size(std::string_view text) const {
  bool is_quoted = false, is_begin = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c != '"') continue;
      if (i + 1 == text.size()) return 0;
      if (text[i + 1] == '"')
        ++i;
      else
        is_quoted = false;
      continue;
    }
    if (c == '\n' || c == '\r') return i + 1;
    if (c == '"' && is_begin) is_quoted = true;
    is_begin = c == separator_ || (is_begin && is_blank(c));
  }
  return 0;
}

bool CsvRows::next_record(std::string_view& record) {
  while (true) {
    const std::string_view rest = std::string_view(text_).substr(begin_);
    const size_t size = record_size(rest);
    if (size == 0 && fill()) continue;
    if (rest.empty()) return false;
    record = rest.substr(0, size == 0 ? rest.size() : size);
    begin_ += record.size();
    return true;
  }
}

void CsvRows::read_header() {
  while (text_.size() < kPiece && fill()) continue;
  std::string decoded;
  std::string_view text = csv_text(text_, path_, decoded);
  if (!decoded.empty()) throw DataError(fmt::format("{}: expected UTF-8 to read by the row, got UTF-16", path_));
  begin_ = text_.size() - text.size();
  const size_t before = text.size();
  separator_ = options_.separator ? *options_.separator : csv_separator(text);
  begin_ += before - text.size();
  names_ = options_.names;
  std::string_view record;
  while (names_.empty()) {
    if (!next_record(record)) throw DataError(fmt::format("{}: expected a line of names of columns, got none", path_));
    CsvRecords records(record, separator_);
    if (records.next()) {
      for (const std::string_view name : records.fields()) names_.push_back(csv_field_text(name));
    }
    count_lines(record);
  }
}

void CsvRows::find_columns() {
  if (options_.x.empty()) throw ValueError("CsvRows: expected names of columns for x, got none");
  const auto places_of = [this](const std::vector<std::string>& names) {
    std::vector<size_t> places;
    for (const std::string& name : names) {
      const auto found = std::ranges::find(names_, name);
      if (found == names_.end()) {
        throw ValueError(fmt::format("CsvRows: {}: there is no column \"{}\", but {}", printable(path_), excerpt(name),
                                     fmt::join(names_, ", ")));
      }
      places.push_back(static_cast<size_t>(found - names_.begin()));
    }
    return places;
  };
  x_ = places_of(options_.x);
  y_ = places_of(options_.y);
}

void CsvRows::take(std::string_view record, int64_t row, std::span<Tensor> to) {
  CsvRecords records(record, separator_);
  if (!records.next()) {
    throw DataError(fmt::format("{}: line {}: expected a record, got {}", path_, line_, records.problem()));
  }
  const std::vector<std::string_view>& fields = records.fields();
  if (fields.size() != names_.size()) {
    throw DataError(
        fmt::format("{}: line {}: expected {} columns, got {}", path_, line_, names_.size(), fields.size()));
  }
  const auto write = [&](const std::vector<size_t>& places, Tensor& part) {
    float* next = part.data<float>().data() + row * std::ssize(places);
    for (const size_t place : places) {
      const CsvField field = parse_csv_field(fields[place], separator_);
      const bool is_missing = field.kind == CsvFieldKind::missing && options_.missing;
      *next = static_cast<float>(is_missing ? *options_.missing : field.value);
      if ((field.kind != CsvFieldKind::number && !is_missing) || !std::isfinite(*next)) {
        throw DataError(fmt::format("{}: line {}, column {}: expected a finite number, got '{}'", path_, line_,
                                    place + 1, excerpt(fields[place], kShown)));
      }
      ++next;
    }
  };
  write(x_, to[0]);
  if (!y_.empty()) write(y_, to[1]);
}

int64_t CsvRows::read_rows(int64_t count, std::span<Tensor> to) {
  int64_t row = 0;
  std::string_view record;
  while (row < count && next_record(record)) {
    if (!is_empty(record)) take(record, row++, to);
    count_lines(record);
  }
  return row;
}

/// A line that ends with "\r\n" is a record, and an empty one.
void CsvRows::count_lines(std::string_view record) {
  const bool is_rest = record == "\n" && was_return_;
  line_ += is_rest ? 0 : std::ranges::count(record, '\n') + (record.ends_with('\r') ? 1 : 0);
  was_return_ = record.ends_with('\r');
}

bool CsvRows::go_to(int64_t row) {
  if (row != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) return false;
  text_.clear();
  begin_ = 0;
  line_ = 1;
  is_at_end_ = was_return_ = false;
  read_header();
  return true;
}

}  // namespace reel
