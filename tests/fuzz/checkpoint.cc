// Reads: models/training/checkpoint_file.cc
#include "reel/models/training/checkpoint_file.h"

#include <algorithm>

#include "fuzz.h"

namespace reel::fuzz {
namespace {

/// A changed file has another sum, and is refused.
void require_refused(std::span<const std::byte> input) {
  try {
    read_checkpoint(input, "input");
  } catch (const DataError&) {
    return;
  }
  fail("a file without a sum is taken for a checkpoint");
}

}  // namespace

void read(std::span<const std::byte> input) {
  require_refused(input);
  const TrainingState state = parse_checkpoint(input, "input");
  const std::vector<std::byte> written = must([&] { return write_checkpoint(state); });
  const TrainingState again = must([&] { return read_checkpoint(written, "written"); });
  require(write_checkpoint(again) == written, "other bytes");
  require(again.variables.size() == state.variables.size(), "another number of variables");
}

}  // namespace reel::fuzz
