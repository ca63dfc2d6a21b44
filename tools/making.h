// How long it took to make a program: passes, differentiating, planning.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reel/graph/trace.h"

namespace reel::cli {

/// One part of the making of a program; those that belong to it follow, one level deeper.
struct Making {
  std::string name;
  size_t depth;
  double ms;
  int64_t nodes;  ///< that are needed after a pass; 0 for what is no pass
};

/// What the trace has seen so far.
std::vector<Making> makings_of(const Trace& trace);

void print_makings(const std::vector<Making>& makings, std::FILE* out);
nlohmann::ordered_json json_of(const std::vector<Making>& makings);

}  // namespace reel::cli
