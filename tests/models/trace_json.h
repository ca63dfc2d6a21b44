// What must hold of every trace file.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace reel::testing {

inline int count_events(const nlohmann::json& trace, const std::string& key, const std::string& value) {
  int count = 0;
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    count += event.contains(key) && event.at(key) == value ? 1 : 0;
  }
  return count;
}

/// Events of one thread nest: ops lie in tiles, tiles in stages. There is at least one event.
inline void check_nesting(const nlohmann::json& trace) {
  struct Open {
    int64_t end;
    std::string category;
  };
  const auto ns = [](const nlohmann::json& microseconds) { return std::llround(microseconds.get<double>() * 1000); };
  const std::map<std::string, std::string> holder = {{"op", "tile"}, {"tile", "stage"}};
  std::map<int64_t, std::vector<Open>> open;  // by thread
  int64_t events = 0, wrong = 0;
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    ++events;
    std::vector<Open>& stack = open[event.at("tid").get<int64_t>()];
    const int64_t start = ns(event.at("ts")), end = start + ns(event.at("dur"));
    while (!stack.empty() && stack.back().end <= start && end > stack.back().end) stack.pop_back();
    if (!stack.empty() && end > stack.back().end) ++wrong;
    const std::string category = event.at("cat");
    const auto wanted = holder.find(category);
    if (wanted != holder.end() && (stack.empty() || stack.back().category != wanted->second)) ++wrong;
    stack.push_back({end, category});
  }
  CHECK(events > 0);
  CHECK(wrong == 0);
}

}  // namespace reel::testing
