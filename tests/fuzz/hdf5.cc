// Reads: models/formats/hdf5.cc models/formats/hdf5_data.cc models/formats/hdf5_filters.cc
// Reads: models/formats/hdf5_heap.cc models/formats/hdf5_input.cc models/formats/hdf5_links.cc
// Reads: models/formats/hdf5_object.cc models/formats/hdf5_reader.cc models/formats/hdf5_texts.cc
// Reads: models/formats/hdf5_type.cc
#include "reel/models/formats/hdf5.h"

#include "fuzz.h"

namespace reel::fuzz {
namespace {

void require_same_group(const Hdf5Group& a, const Hdf5Group& b) {
  require(a.texts == b.texts, "other texts");
  require(a.lists == b.lists, "other lists");
  require(a.datasets.size() == b.datasets.size(), "another number of arrays");
  for (const auto& [name, value] : a.datasets) {
    const Tensor* other = b.find_dataset(name);
    require(other != nullptr, "another name of an array");
    require_same(value, *other);
  }
  require(a.groups.size() == b.groups.size(), "another number of groups");
  for (const auto& [name, group] : a.groups) {
    const Hdf5Group* other = b.find(name);
    require(other != nullptr, "another name of a group");
    require_same_group(group, *other);
  }
}

}  // namespace

void read(std::span<const std::byte> input) {
  const Hdf5Group group = read_hdf5(input, "input");
  require_same_group(group, must([&] { return read_hdf5(write_hdf5(group), "written"); }));
}

}  // namespace reel::fuzz
