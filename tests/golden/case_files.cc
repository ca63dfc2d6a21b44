#include "golden/case_files.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"

namespace reel::golden {

namespace {

template <class Parsed>
Parsed parse(const std::filesystem::path& path) {
  const std::vector<std::byte> file = read_file(path.string());
  Parsed json = Parsed::parse(text_of(file), nullptr, false);
  if (json.is_discarded()) throw DataError(fmt::format("{}: is no JSON", path.string()));
  return json;
}

}  // namespace

Json read_json(const std::filesystem::path& path) { return parse<Json>(path); }
OrderedJson read_ordered_json(const std::filesystem::path& path) { return parse<OrderedJson>(path); }

std::set<std::string> stems(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path extension = entry.path().extension();
    if (extension == ".json" || extension == ".npz") names.insert(entry.path().stem());
  }
  return names;
}

std::set<std::string> stems_of_part(const std::filesystem::path& folder, const std::string& part) {
  std::set<std::string> names = stems(folder);
  std::erase_if(names, [&](const std::string& name) { return name != part && !name.starts_with(part + "_"); });
  return names;
}

const Tensor* Arrays::find(const std::string& name) const {
  for (const auto& [key, tensor] : tensors_) {
    if (key == name) return &tensor;
  }
  return nullptr;
}

const Tensor& Arrays::operator[](const std::string& name) const {
  if (const Tensor* found = find(name)) return *found;
  throw DataError(fmt::format("{}: has no array \"{}\"", path_, name));
}

Type batch_type(const Tensor& data) {
  if (data.shape().rank() == 0) throw DataError("a batch needs an axis of rows, got a scalar");
  return {data.dtype(), data.shape().with_lead(rows)};
}

Tensor element(const Tensor& stacked, int64_t index) {
  if (stacked.shape().rank() == 0 || index >= stacked.shape()[0]) {
    throw DataError(fmt::format("element {} of an array {}", index, stacked.shape().str()));
  }
  return stacked.slice_rows(index, index + 1).reshaped(stacked.shape().without_axis(0));
}

}  // namespace reel::golden
