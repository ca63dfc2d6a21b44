// Reads: models/data/csv.cc models/data/csv_dialect.cc models/data/csv_fields.cc models/data/utf16.cc
#include "reel/models/data/csv.h"

#include <fmt/format.h>

#include "fuzz.h"

namespace reel::fuzz {
namespace {

/// The table with a header, every digit of its numbers, and one row a line.
std::string written(const Tensor& table) {
  const int64_t columns = table.shape()[1];
  std::string text;
  for (int64_t i = 0; i < columns; ++i) text += fmt::format("{}column_{}", i > 0 ? "," : "", i);
  for (int64_t i = 0; i < table.size(); ++i) {
    text += fmt::format("{}{:.9g}", i % columns > 0 ? ',' : '\n', table.data<float>()[static_cast<size_t>(i)]);
  }
  return text;
}

}  // namespace

void read(std::span<const std::byte> input) {
  const Tensor table = load_csv(file_of(input, "input.csv"));
  require(table.dtype() == DType::f32 && table.shape().rank() == 2 && table.size() > 0, "no table of rows and columns");
  require_same(must([&] { return read_csv(written(table), "written again"); }), table);
}

}  // namespace reel::fuzz
