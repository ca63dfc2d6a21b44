#include "reel/models/data/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/data/csv_dialect.h"
#include "reel/models/data/csv_fields.h"
#include "reel/models/data/csv_text.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/memory_budget.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

constexpr size_t kShown = 40;  // of a field in a message

/// Sorted, numbers by their size.
std::map<std::string, int32_t> numbered(const std::vector<std::string>& values) {
  std::map<std::string, int32_t> classes;
  for (const std::string& value : values) classes.emplace(value, 0);
  int32_t next = 0;
  for (auto& [name, number] : classes) number = next++;
  return classes;
}

}  // namespace

/// A table while it is read: first its fields, then column by column what they are.
class TableReader {
 public:
  TableReader(std::string_view text, std::string_view source, const TableOptions& options)
      : source_(source),
        options_(options),
        separator_(options.separator ? *options.separator : csv_separator(text)),
        records_(text, separator_),
        budget_(source, text.size()) {}

  Table read() {
    read_names();
    fields_.resize(table_.names_.size());
    while (records_.next()) add_row();
    if (!records_.problem().empty()) {
      fail(records_.line(), records_.fields().size(), "a field", std::string(records_.problem()));
    }
    if (lines_.empty()) throw DataError(fmt::format("{}: expected rows below the names of columns, got none", source_));
    table_.row_count_ = std::ssize(lines_);
    for (size_t i = 0; i < fields_.size(); ++i) {
      table_.columns_.push_back(column_of(i));
      fields_[i] = {};
    }
    return std::move(table_);
  }

 private:
  [[noreturn]] void fail(int64_t line, size_t column, std::string_view expected, const std::string& got) const {
    throw DataError(fmt::format("{}: line {}, column {}: expected {}, got {}", source_, line, column, expected, got));
  }

  void read_names() {
    table_.names_ = options_.names;
    if (options_.names.empty()) {
      if (!records_.next()) throw DataError(fmt::format("{}: expected a line of names of columns, got none", source_));
      for (const std::string_view name : records_.fields()) table_.names_.push_back(csv_field_text(name));
    }
    for (size_t i = 0; i < table_.names_.size(); ++i) {
      const auto begin = table_.names_.begin(), end = begin + static_cast<ptrdiff_t>(i);
      if (std::find(begin, end, table_.names_[i]) == end) continue;
      throw DataError(fmt::format("{}: column {} has the name '{}' of another one", source_, i + 1,
                                  excerpt(table_.names_[i], kShown)));
    }
    for (const std::string& name : options_.texts) (void)table_.place_of(name);
  }

  void add_row() {
    const std::vector<std::string_view>& fields = records_.fields();
    if (fields.size() != fields_.size()) {
      throw DataError(fmt::format("{}: line {}: expected {} columns, got {}", source_, records_.line(), fields_.size(),
                                  fields.size()));
    }
    for (size_t i = 0; i < fields.size(); ++i) budget_.push(fields_[i], fields[i]);
    budget_.push(lines_, records_.line());
  }

  bool is_asked_for_as_text(size_t i) const {
    return std::ranges::find(options_.texts, table_.names_[i]) != options_.texts.end();
  }

  Table::Column column_of(size_t i) {
    Table::Column made;
    const auto is_text = [&](std::string_view field) {
      return parse_csv_field(field, separator_).kind == CsvFieldKind::text;
    };
    const auto text = std::ranges::find_if(fields_[i], is_text);
    made.is_text = is_asked_for_as_text(i) || text != fields_[i].end();
    if (text != fields_[i].end()) made.first_text_line = lines_[static_cast<size_t>(text - fields_[i].begin())];
    if (made.is_text) {
      budget_.reserve(made.texts, fields_[i].size());
      for (const std::string_view field : fields_[i]) {
        budget_.take(field.size());
        made.texts.push_back(csv_field_text(field));
      }
    } else {
      budget_.reserve(made.numbers, fields_[i].size());
      for (size_t row = 0; row < fields_[i].size(); ++row) made.numbers.push_back(number_in(i, row));
    }
    return made;
  }

  float number_in(size_t column, size_t row) const {
    const std::string_view text = fields_[column][row];
    const CsvField field = parse_csv_field(text, separator_);
    if (field.kind == CsvFieldKind::missing && options_.missing) return static_cast<float>(*options_.missing);
    const auto value = static_cast<float>(field.value);
    if (field.kind == CsvFieldKind::number && std::isfinite(value)) return value;
    fail(lines_[row], column + 1,
         std::isfinite(field.value) && field.kind == CsvFieldKind::number ? "a number that float32 can hold"
                                                                          : "a finite number",
         text.empty() ? "an empty field" : fmt::format("'{}'", excerpt(text, kShown)));
  }

  std::string_view source_;
  const TableOptions& options_;
  char separator_;
  CsvRecords records_;
  MemoryBudget budget_;
  Table table_;
  std::vector<std::vector<std::string_view>> fields_;  // of each column
  std::vector<int64_t> lines_;                         // of each row
};

size_t Table::place_of(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found != names_.end()) return static_cast<size_t>(found - names_.begin());
  throw ValueError(fmt::format("Table: there is no column \"{}\", but {}", excerpt(name), fmt::join(names_, ", ")));
}

const Table::Column& Table::column(std::string_view name) const { return columns_[place_of(name)]; }

bool Table::is_text(std::string_view name) const { return column(name).is_text; }

Tensor Table::numbers(std::string_view name) const {
  const Column& of = column(name);
  if (!of.is_text) return Tensor::of(of.numbers);
  throw ValueError(fmt::format("Table: expected a column of numbers, \"{}\" is of texts{}", excerpt(name),
                               of.first_text_line > 0 ? fmt::format(", as in line {}", of.first_text_line) : ""));
}

Strings Table::texts(std::string_view name) const {
  const Column& of = column(name);
  if (of.is_text) return of.texts;
  throw ValueError(fmt::format(
      "Table: expected a column of texts, \"{}\" is of numbers; TableOptions::texts may name it", excerpt(name)));
}

Tensor Table::matrix(std::span<const std::string> names) const {
  Tensor made(DType::f32, {row_count_, std::ssize(names)});
  for (size_t i = 0; i < names.size(); ++i) {
    const Tensor of = numbers(names[i]);
    for (size_t row = 0; row < static_cast<size_t>(row_count_); ++row) {
      made.data<float>()[row * names.size() + i] = of.data<float>()[row];
    }
  }
  return made;
}

Tensor Table::matrix() const {
  std::vector<std::string> of_numbers;
  for (const std::string& name : names_) {
    if (!is_text(name)) of_numbers.push_back(name);
  }
  return matrix(of_numbers);
}

Table::Classes Table::classes(std::string_view name) const {
  const Column& of = column(name);
  Classes made{Tensor(DType::i32, {row_count_}), {}};
  const auto all = made.classes.data<int32_t>();
  if (of.is_text) {
    const std::map<std::string, int32_t> classes = numbered(of.texts);
    for (const auto& [value, number] : classes) made.names.push_back(value);
    for (size_t row = 0; row < all.size(); ++row) all[row] = classes.at(of.texts[row]);
    return made;
  }
  std::vector<float> values = of.numbers;
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const float value : values) made.names.push_back(fmt::format("{}", value));
  for (size_t row = 0; row < all.size(); ++row) {
    all[row] = static_cast<int32_t>(std::ranges::lower_bound(values, of.numbers[row]) - values.begin());
  }
  return made;
}

Table read_table(std::string_view text, std::string_view source, const TableOptions& options) {
  std::string decoded;
  return TableReader(csv_text(text, source, decoded), source, options).read();
}

Table load_table(const std::string& path, const TableOptions& options) {
  std::vector<std::byte> file = read_file(path);
  if (is_gzip(file)) file = gunzip(file, path);
  return read_table(text_of(file), path, options);
}

}  // namespace reel
