#include "reel/models/training/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

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

void Logs::refuse_count(size_t asked) const {
  throw ValueError(fmt::format("logs: there are {} values ({}), asked for {}", size(), str(), asked));
}

std::string Logs::str() const {
  std::string text;
  for (const auto& [name, value] : entries_) text += fmt::format("{}{}: {:.4g}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::ostream& operator<<(std::ostream& out, const Logs& logs) { return out << logs.str(); }

bool Logs::contains(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
}

std::vector<double> History::operator[](std::string_view name) const {
  std::vector<double> values;
  for (const Epoch& epoch : epochs) {
    if (epoch.logs.contains(name)) values.push_back(epoch.logs[name]);
  }
  if (values.empty() && !epochs.empty()) epochs.back().logs[name];  // which throws
  return values;
}

}  // namespace reel
