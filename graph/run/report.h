// What a program tells of itself and of its runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace reel {

/// What a program occupies and how it is cut, for reports and tests.
struct ProgramStats {
  int64_t nodes = 0;  ///< instructions in all stages
  int64_t stages = 0;
  size_t arena_bytes = 0;  ///< largest scratch of one worker
  double distinct_share =
      1;  ///< of the (row, step) pairs of a sequence input: how many prefixes the tiles had to compute
  /// Whole values, at the rows of the last run, and assigned values that were looked at before they replaced others;
  /// parameters and inputs not counted.
  size_t buffer_bytes = 0;
};

/// Where the time of a program went: all nodes of one op with operands of the same types.
struct ProfileEntry {
  std::string op;  ///< name and output type
  int64_t nodes = 0;
  int64_t calls = 0;   ///< of kernels; nodes of one contraction are computed by one call
  double seconds = 0;  ///< summed over threads
  double flops = 0;
};

/// Where the time of a program's runs went. What threads had in all is `threads()` times `run_seconds`; of that, they
/// spent `worker_seconds` on stages, `tile_seconds` of these on tiles, and `op_seconds` of these in ops.
struct Profile {
  std::vector<ProfileEntry> ops;  ///< the longest first
  int64_t runs = 0;
  double run_seconds = 0;    ///< by the clock on the wall
  double stage_seconds = 0;  ///< of it, in stages; the rest binds inputs and hands out outputs
  double worker_seconds = 0, tile_seconds = 0, op_seconds = 0;

  /// Of other runs of the same program.
  void add(const Profile& other);
};

}  // namespace reel
