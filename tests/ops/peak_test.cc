// The peak that ops are held against.
#include "reel/ops/peak.h"

#include <catch2/catch.hpp>

namespace reel {
namespace {

TEST_CASE("peak: a number that a computer may have", "[ops]") {
  const double flops = measure_peak_flops();
  CHECK(flops > 1e8);
  CHECK(flops < 1e15);
}

}  // namespace
}  // namespace reel
