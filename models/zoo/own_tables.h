// Tables in text whose fields are not all numbers: texts, or rows with a class.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// Whether the name ends in .csv or .tsv, or these in gzip.
bool is_table_name(std::string_view path);

/// Hands over the records of the table at `path`, with the lines in which they begin: fields without blanks and quotes
/// around them, as RFC 4180 has them, between commas, semicolons or tabs, whichever the first line has. Text is UTF-8
/// or UTF-16 with a byte order mark, and may be in gzip. Throws DataError for a file that cannot be read, for what is
/// no table, and what `take` throws.
void read_records(const std::string& path,
                  const std::function<void(int64_t line, const std::vector<std::string>& fields)>& take);

/// Names of classes, sorted, as numbers where all are; and which of them each one is. Throws DataError, which begins
/// with `source`, unless there are two to a thousand.
struct NamedClasses {
  std::vector<std::string> names;
  std::vector<int32_t> labels;
};
NamedClasses number_classes(const std::vector<std::string>& class_of, const std::string& source);

/// 0 to n - 1 in an order that n alone decides.
std::vector<int64_t> fixed_order(int64_t n);

}  // namespace reel
