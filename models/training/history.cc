#include "reel/models/training/history.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"

namespace reel {

void Logs::set(const std::string& name, double value) {
  for (auto& [known, old] : entries_) {
    if (known == name) {
      old = value;
      return;
    }
  }
  entries_.emplace_back(name, value);
}

double Logs::operator[](std::string_view name) const {
  std::string names;
  for (const auto& [known, value] : entries_) {
    if (known == name) return value;
    names += (names.empty() ? "" : ", ") + known;
  }
  throw ValueError(fmt::format("logs: there is no \"{}\", only {}", name, names.empty() ? "nothing" : names));
}

bool Logs::contains(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
}

std::vector<double> History::operator[](std::string_view name) const {
  std::vector<double> values;
  for (const Epoch& epoch : epochs) values.push_back(epoch.logs[name]);
  return values;
}

}  // namespace reel
