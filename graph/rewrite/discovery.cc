#include "reel/graph/rewrite/discovery.h"

#include <algorithm>

namespace reel {

void Discovery::add(Var made) {
  if (place(made.id()) >= 0) return;
  constexpr int32_t kFound = 0;
  places_.resize(static_cast<size_t>(graph_.size()), -1);
  std::vector<int32_t> unknown{made.id()};
  places_[made.id()] = kFound;
  for (size_t next = 0; next < unknown.size(); ++next) {
    for (const int32_t input : graph_.node(unknown[next]).inputs) {
      if (places_[input] >= 0) continue;
      places_[input] = kFound;
      unknown.push_back(input);
    }
  }
  std::sort(unknown.begin(), unknown.end());
  for (const int32_t id : unknown) places_[id] = count_++;
}

std::vector<int32_t> Discovery::all_behind(std::span<const Var> outputs) const {
  std::vector<int32_t> ids = reachable(graph_, outputs);
  std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) { return place(a) < place(b); });
  return ids;
}

}  // namespace reel
