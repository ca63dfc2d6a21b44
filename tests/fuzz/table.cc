// Reads: models/data/table.cc models/data/csv_text.cc models/data/csv_rows.cc
#include "reel/models/data/table.h"

#include <algorithm>

#include "fuzz.h"
#include "reel/models/data/csv_rows.h"

namespace reel::fuzz {
namespace {

/// What a stream of the same file reads of these columns.
Tensor streamed(const std::string& path, const std::vector<std::string>& columns, int64_t count) {
  CsvRows stream(path, {.x = columns});
  Tensor read(DType::f32, {count + 1, std::ssize(columns)});
  for (int pass = 0; pass < 2; ++pass) {
    require(stream.read(count + 1, std::span(&read, 1)) == count, "another number of rows in a stream");
    require(stream.rewind(), "a file that does not begin again");
  }
  return read.slice_rows(0, count);
}

}  // namespace

void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "input.csv");
  const Table table = load_table(path);
  std::vector<std::string> numbers;
  for (const std::string& name : table.names()) {
    const Table::Classes classes = table.classes(name);
    require(classes.classes.size() == table.row_count(), "not a class a row");
    for (const int32_t number : classes.classes.data<int32_t>()) {
      require(number >= 0 && number < std::ssize(classes.names), "a class without a name");
    }
    if (table.is_text(name)) {
      require(table.texts(name).size() == table.row_count(), "not a text a row");
    } else {
      numbers.push_back(name);
    }
  }
  const bool is_plain =
      input.size() < 2 || (input[0] != std::byte{0xff} && input[0] != std::byte{0xfe} && input[0] != std::byte{0x1f});
  if (numbers.empty() || !is_plain) return;
  require_same(must([&] { return streamed(path, numbers, table.row_count()); }), table.matrix());
}

}  // namespace reel::fuzz
