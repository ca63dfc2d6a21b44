#include "reel/models/training/model_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"

namespace reel {

bool ModelData::is_in_memory() const {
  return std::ranges::all_of(parts_, [](const auto& part) { return part.second.is_in_memory(); });
}

std::vector<Samples> ModelData::in_order(const std::vector<std::string>& names, const std::string& what) const {
  if (parts_.empty()) return std::vector<Samples>(names.size());
  if (parts_.size() != names.size()) {
    throw ShapeError(
        fmt::format("{}: expected data for {}, got {} of them", what, fmt::join(names, ", "), parts_.size()));
  }
  return placed(names, what);
}

std::vector<Samples> ModelData::of_some(const std::vector<std::string>& names, const std::string& what) const {
  const bool is_for_all = parts_.size() == 1 && parts_[0].first.empty();
  if (is_for_all) return std::vector<Samples>(names.size(), parts_[0].second);
  if (!parts_.empty() && parts_[0].first.empty()) return in_order(names, what);
  return placed(names, what);
}

std::vector<Samples> ModelData::placed(const std::vector<std::string>& names, const std::string& what) const {
  std::vector<Samples> ordered(names.size());
  for (size_t i = 0; i < parts_.size(); ++i) {
    const auto& [name, samples] = parts_[i];
    const auto place = name.empty() ? names.begin() + static_cast<ptrdiff_t>(i) : std::ranges::find(names, name);
    if (place == names.end() || ordered[static_cast<size_t>(place - names.begin())]) {
      throw ValueError(fmt::format("{}: \"{}\" {}, expected each of {} once", what, excerpt(name),
                                   place == names.end() ? "is not known" : "comes twice", fmt::join(names, ", ")));
    }
    ordered[static_cast<size_t>(place - names.begin())] = samples;
  }
  return ordered;
}

}  // namespace reel
