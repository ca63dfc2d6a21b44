// Tables in text by the names of their columns, of numbers and of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/layer/strings.h"

namespace reel {

struct TableOptions {
  std::optional<char> separator = {};   ///< what stands between fields; if not given, the text tells
  std::vector<std::string> names = {};  ///< of the columns, where the first line is no header
  std::vector<std::string> texts = {};  ///< columns to read as texts, whatever stands in them: postcodes
  std::optional<double> missing = {};   ///< the number in place of an empty field, NA, ...; else it is refused
};

/// Columns of as many rows:
///
///   Table table = load_table("heart.csv");
///   Tensor age = table.numbers("age");       // f32 [n]
///   Strings thal = table.texts("thal");      // [n], for a StringLookup
///   Tensor x = table.matrix({"age", "chol"});
///   auto [classes, names] = table.classes("target");
class Table {
 public:
  int64_t row_count() const { return row_count_; }
  const std::vector<std::string>& names() const { return names_; }
  /// Whether a column is of texts: one is where a field is neither a number nor missing, or where it was asked for.
  bool is_text(std::string_view name) const;
  /// Each of these throws ValueError for a name that is not there, which lists those that are.
  /// f32 [n]. Throws ValueError for a column of texts, with the line of the first.
  Tensor numbers(std::string_view name) const;
  /// [n], as they stand in the file. Throws ValueError for a column of numbers, which `TableOptions::texts` may name.
  Strings texts(std::string_view name) const;
  /// f32 [n, columns]: of these columns in this order; without names, of all that are of numbers.
  Tensor matrix(std::span<const std::string> names) const;
  Tensor matrix(std::initializer_list<std::string> names) const {
    return matrix(std::span(names.begin(), names.size()));
  }
  Tensor matrix() const;
  /// i32 [n]: what a column holds as classes from 0 on, in sorted order, numbers by their size, and what each was.
  struct Classes {
    Tensor classes;
    std::vector<std::string> names;
  };
  Classes classes(std::string_view name) const;

 private:
  friend class TableReader;
  struct Column {
    bool is_text = false;
    int64_t first_text_line = 0;  // 0 where it was asked for as text
    std::vector<float> numbers;   // or
    std::vector<std::string> texts;
  };
  size_t place_of(std::string_view name) const;
  const Column& column(std::string_view name) const;

  std::vector<std::string> names_;
  std::vector<Column> columns_;
  int64_t row_count_ = 0;
};

/// Text, separators, quotes and numbers are as `read_csv` has them; the first line has the columns' names, unless the
/// options have them. Throws DataError, with line and column, for lines of unequal numbers of fields, two columns of
/// one name, quotes that are not closed, a missing number without `TableOptions::missing`, and a number that is not
/// finite in float32; for no rows; and before it takes more memory than `memory_bound` of the text's size.
Table read_table(std::string_view text, std::string_view source, const TableOptions& options = {});
/// The same of the file at `path`, also of one in gzip.
Table load_table(const std::string& path, const TableOptions& options = {});

}  // namespace reel
