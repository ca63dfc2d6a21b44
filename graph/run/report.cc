#include "reel/graph/run/report.h"

#include <algorithm>

namespace reel {

void Profile::add(const Profile& other) {
  for (const ProfileEntry& theirs : other.ops) {
    const auto ours = std::find_if(ops.begin(), ops.end(), [&](const ProfileEntry& it) { return it.op == theirs.op; });
    if (ours == ops.end()) {
      ops.push_back(theirs);
      continue;
    }
    ours->calls += theirs.calls;
    ours->seconds += theirs.seconds;
    ours->flops += theirs.flops;
  }
  std::sort(ops.begin(), ops.end(), [](const ProfileEntry& a, const ProfileEntry& b) { return a.seconds > b.seconds; });
  runs += other.runs;
  run_seconds += other.run_seconds;
  stage_seconds += other.stage_seconds;
  worker_seconds += other.worker_seconds;
  tile_seconds += other.tile_seconds;
  op_seconds += other.op_seconds;
}

}  // namespace reel
