// Rows of a table in text that is read once through, however long it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/formats/descriptor.h"
#include "reel/models/training/row_stream.h"

namespace reel {

struct CsvRowsOptions {
  std::vector<std::string> x = {}, y = {};  ///< columns: f32 [rows, x], and [rows, y] if there are any
  std::optional<char> separator = {};       ///< if not given, the begin of the file tells
  std::vector<std::string> names = {};      ///< of all columns, where the first line is no header
  std::optional<double> missing = {};       ///< the number in place of an empty field, NA, ...; else it is refused
};

/// A stream of a CSV file's rows, in its order, of which a megabyte at a time is in memory. Text, quotes and numbers
/// are as `read_table` has them, in UTF-8.
///
///   CsvRows clicks("clicks.csv", {.x = {"age", "hour"}, .y = {"clicked"}});
///   model.fit(clicks, {.epochs = 3});
class CsvRows final : public RowStream {
 public:
  /// Reads the header. Throws DataError for a file that cannot be read or is no table, ValueError for no x, and for a
  /// name that is not there.
  explicit CsvRows(const std::string& path, const CsvRowsOptions& options);
  DataTypes types() const override;

 private:
  /// Throws DataError, with the line and the column, as `read_table` does, and for a line of more than 16 MiB.
  int64_t read_rows(int64_t count, std::span<Tensor> to) override;
  bool go_to(int64_t row) override;

  /// The next record's text, also an empty one; false at the end. It stays until the call after.
  bool next_record(std::string_view& record);
  /// The size of the record that the text begins with, with its line end; 0 if that is not in it.
  size_t record_size(std::string_view text) const;
  bool fill();
  void read_header();
  void find_columns();
  void count_lines(std::string_view record);
  void take(std::string_view record, int64_t row, std::span<Tensor> to);

  std::string path_;
  CsvRowsOptions options_;
  Descriptor file_;
  char separator_ = ',';
  std::vector<std::string> names_;
  std::vector<size_t> x_, y_;  // places of the columns
  std::string text_;           // that has been read
  size_t begin_ = 0;           // of what is left of it
  int64_t line_ = 1;
  bool is_at_end_ = false, was_return_ = false;
};

}  // namespace reel
