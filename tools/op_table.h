// The table of a profile: where the threads' time went, op by op.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>

#include "reel/graph/run/program.h"

namespace reel::cli {

/// `peak_flops`: of all threads together.
struct ProfileContext {
  int threads;
  double peak_flops;
};

void print_op_table(const Profile& profile, const ProfileContext& context, std::FILE* out);
nlohmann::ordered_json json_of(const Profile& profile, const ProfileContext& context);

}  // namespace reel::cli
