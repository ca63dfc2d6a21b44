#include "reel/models/zoo/own_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/data/csv_fields.h"
#include "reel/models/data/text.h"
#include "reel/models/data/utf16.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

/// The text of a file, in UTF-8.
std::string text_in(const std::string& path) {
  std::vector<std::byte> file = read_file(path);
  if (is_gzip(file)) file = gunzip(file, path);
  std::string_view text = text_of(file);
  if (is_utf16(text)) return utf8_of_utf16(text, path);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view kind = kind_of_content(bytes_of(text));
  if (!kind.empty()) {
    throw DataError(fmt::format("{}: expected a table in text, got what looks like {}", path, kind));
  }
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    throw DataError(fmt::format("{}: expected a table in text, got a NUL at byte {}", path, nul));
  }
  return std::string(text);
}

char separator_of(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  for (const char separator : {'\t', ',', ';'}) {
    if (line.find(separator) != line.npos) return separator;
  }
  return ',';
}

}  // namespace

bool is_table_name(std::string_view path) {
  std::string name = lowered_text(path);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".csv") || name.ends_with(".tsv");
}

void read_records(const std::string& path,
                  const std::function<void(int64_t line, const std::vector<std::string>& fields)>& take) {
  const std::string text = text_in(path);
  CsvRecords records(text, separator_of(text));
  std::vector<std::string> fields;
  while (records.next()) {
    fields.clear();
    for (const std::string_view field : records.fields()) fields.push_back(csv_field_text(field));
    take(records.line(), fields);
  }
  if (!records.problem().empty()) {
    throw DataError(fmt::format("{}: line {}: {}", path, records.line(), records.problem()));
  }
}

NamedClasses number_classes(const std::vector<std::string>& class_of, const std::string& source) {
  constexpr size_t kMost = 1000;
  std::set<std::string> distinct(class_of.begin(), class_of.end());
  if (distinct.size() < 2 || distinct.size() > kMost) {
    throw DataError(fmt::format("{}: expected 2 to {} classes, got {}", source, kMost, distinct.size()));
  }
  std::vector<std::pair<double, std::string>> ordered;
  bool are_numbers = true;
  for (const std::string& name : distinct) {
    const CsvField field = parse_csv_field(name, ',');
    are_numbers &= field.kind == CsvFieldKind::number;
    ordered.emplace_back(field.value, name);
  }
  if (are_numbers) std::ranges::sort(ordered);
  NamedClasses classes;
  for (auto& [number, name] : ordered) classes.names.push_back(std::move(name));
  for (const std::string& name : class_of) {
    const auto found = std::ranges::find(classes.names, name);
    classes.labels.push_back(static_cast<int32_t>(found - classes.names.begin()));
  }
  return classes;
}

std::vector<int64_t> fixed_order(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random(0, Purpose::row_order);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
  return order;
}

}  // namespace reel
