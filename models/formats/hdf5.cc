#include "reel/models/formats/hdf5.h"

#include <algorithm>

namespace reel {
namespace {

/// The first name of a path, which is taken off it.
std::string_view take_name(std::string_view& path) {
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view name = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return name;
}

}  // namespace

const Hdf5Group* Hdf5Group::find(std::string_view path) const {
  const Hdf5Group* group = this;
  while (!path.empty()) {
    const auto found = group->groups.find(std::string(take_name(path)));
    if (found == group->groups.end()) return nullptr;
    group = &found->second;
  }
  return group;
}

const Tensor* Hdf5Group::find_dataset(std::string_view path) const {
  const size_t slash = path.rfind('/');
  const Hdf5Group* group = slash == path.npos ? this : find(path.substr(0, slash));
  if (group == nullptr) return nullptr;
  const auto found = group->datasets.find(std::string(slash == path.npos ? path : path.substr(slash + 1)));
  return found == group->datasets.end() ? nullptr : &found->second;
}

Hdf5Group& Hdf5Group::make(std::string_view path) {
  Hdf5Group* group = this;
  while (!path.empty()) group = &group->groups[std::string(take_name(path))];
  return *group;
}

const std::string* Hdf5Group::text(const std::string& name) const {
  const auto found = texts.find(name);
  return found == texts.end() ? nullptr : &found->second;
}

std::vector<std::string> Hdf5Group::list(const std::string& name) const {
  if (const auto whole = lists.find(name); whole != lists.end()) return whole->second;
  std::vector<std::string> all;
  for (size_t part = 0;; ++part) {
    const auto found = lists.find(name + std::to_string(part));
    if (found == lists.end()) return all;
    all.insert(all.end(), found->second.begin(), found->second.end());
  }
}

}  // namespace reel
