// How many rows a leaf has, and how many leaves a tile: for any batch, and any number of threads.
#include <array>
#include <catch2/catch.hpp>

#include "graph/planned.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/plan/schedule.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

struct Bounds {
  int64_t least_leaf, most_leaf, most_tile;
};

Stage stage_of_batch(const Bounds& bounds) {
  Stage stage;
  stage.extent = rows;
  stage.least_leaf_rows = bounds.least_leaf;
  stage.most_leaf_rows = bounds.most_leaf;
  stage.most_tile_rows = bounds.most_tile;
  return stage;
}

constexpr Bounds kLight = {8, 32, 32}, kHeavy = {64, 192, 192}, kWideRows = {3, 3, 3}, kOneRow = {1, 1, 1};

int64_t rounded_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t tiles_of(const Stage& stage, int64_t batch, int64_t threads) {
  return rounded_up(stage.leaf_count(batch), stage.leaves_per_tile(batch, threads));
}

TEST_CASE("leaves: an eighth of the batch in multiples of 8 rows, within the bounds of the stage", "[leaves]") {
  for (const Bounds& bounds : {kLight, kHeavy, kWideRows, kOneRow}) {
    const Stage stage = stage_of_batch(bounds);
    int64_t before = 0;
    for (int64_t batch = 1; batch <= 1000; ++batch) {
      CAPTURE(batch, bounds.least_leaf, bounds.most_leaf);
      const int64_t size = stage.leaf_rows_of(batch), count = stage.leaf_count(batch);
      REQUIRE(size >= std::max(bounds.least_leaf, before));
      REQUIRE(size <= bounds.most_leaf);
      REQUIRE((count - 1) * size < batch);
      REQUIRE(count * size >= batch);
      // Within the bounds there are 8 leaves, or fewer by what whole eights of rows ask for; 9 where an eighth was
      // rounded down.
      if (size > bounds.least_leaf && size < bounds.most_leaf) REQUIRE(count <= 8 + (batch % 8 > 0));
      if (size < bounds.most_leaf) REQUIRE(size * 8 >= batch - 8);
      if (size > bounds.least_leaf && size < bounds.most_leaf) REQUIRE(size % 8 == 0);
      before = size;
    }
  }
}

TEST_CASE("leaves: known sizes", "[leaves]") {
  const Stage light = stage_of_batch(kLight), heavy = stage_of_batch(kHeavy);
  const std::pair<int64_t, int64_t> of_light[] = {{1, 8},   {8, 8},    {32, 8},   {33, 8},   {64, 8},
                                                  {72, 16}, {128, 16}, {200, 32}, {256, 32}, {1000, 32}};
  for (const auto& [batch, size] : of_light) {
    CAPTURE(batch);
    CHECK(light.leaf_rows_of(batch) == size);
  }
  const std::pair<int64_t, int64_t> of_heavy[] = {{32, 64}, {128, 64}, {512, 64}, {640, 80}, {1536, 192}, {4000, 192}};
  for (const auto& [batch, size] : of_heavy) {
    CAPTURE(batch);
    CHECK(heavy.leaf_rows_of(batch) == size);
  }
}

TEST_CASE("leaves: the rows of a leaf are no matter of threads, and small batches have work for many", "[leaves]") {
  const Stage stage = stage_of_batch(kLight);
  CHECK(tiles_of(stage, 32, 4) == 4);
  CHECK(tiles_of(stage, 128, 8) == 8);
  CHECK(tiles_of(stage, 32, 2) == 2);
  CHECK(tiles_of(stage, 32, 1) == 1);
  CHECK(tiles_of(stage, 128, 1) == 4);
  CHECK(tiles_of(stage, 8, 16) == 1);
  CHECK(tiles_of(stage, 1000, 64) == 32);
}

/// Of all tiles that a stage may cut, none would be done sooner, whatever a tile costs beside its leaves.
TEST_CASE("leaves: a tile takes as many as threads are done soonest with", "[leaves]") {
  for (const Bounds& bounds : {kLight, Bounds{8, 32, 192}, kHeavy, kWideRows, kOneRow}) {
    const Stage stage = stage_of_batch(bounds);
    for (int64_t batch = 1; batch <= 1000; ++batch) {
      const int64_t leaf = stage.leaf_rows_of(batch), leaves = stage.leaf_count(batch);
      const int64_t most = std::min(leaves, bounds.most_tile / leaf);
      for (int64_t threads = 1; threads <= 64; ++threads) {
        const int64_t taken = stage.leaves_per_tile(batch, threads);
        const auto rounds = [&](int64_t size) { return rounded_up(rounded_up(leaves, size), threads); };
        bool is_best = taken >= 1 && taken <= std::max<int64_t>(most, 1);
        for (int64_t size = 1; size <= most; ++size) {
          const int64_t sooner = rounds(taken) * taken - rounds(size) * size, fewer = rounds(taken) - rounds(size);
          is_best = is_best && !(sooner >= 0 && fewer >= 0 && sooner + fewer > 0);
        }
        if (!is_best) FAIL("batch " << batch << ", " << threads << " threads: " << taken << " leaves a tile");
      }
    }
  }
}

/// The bounds of the stage over the batch that computes the gradient of a weight [inputs, units], which is used
/// `times`.
std::array<int64_t, 3> planned_bounds(int64_t inputs, int64_t units, int times = 1) {
  Tape tape;
  const Var x = tape.input({rows, inputs}), w = tape.parameter(Tensor::zeros({inputs, units}));
  Var h = x;
  for (int i = 0; i < times; ++i) h = tanh(matmul(h, w));
  const Targets targets{.outputs = {mean(square(h))}, .assignments = {{w, w - tape.gradient(mean(square(h)), w)}}};
  const Planned plan(tape.graph(), targets);
  for (const Stage& stage : plan.schedule.stages) {
    if (stage.extent == rows) return {stage.least_leaf_rows, stage.most_leaf_rows, stage.most_tile_rows};
  }
  return {};
}

TEST_CASE("leaves: bounds follow from the bytes of rows and of weights, and from what there is to compute",
          "[leaves]") {
  using Rows = std::array<int64_t, 3>;                     // of the least and the largest leaf, and of the largest tile
  CHECK(planned_bounds(16, 16) == Rows{32, 32, 32});       // few operations for the sums
  CHECK(planned_bounds(16, 16, 10) == Rows{8, 32, 32});    // and ten times as many
  CHECK(planned_bounds(16, 1 << 14) == Rows{64, 64, 64});  // weights of 1 MB, rows of 64 KB
  CHECK(planned_bounds(512, 512) == Rows{64, 192, 192});   // weights of 1 MB, narrow rows
  CHECK(planned_bounds(512, 512, 10) == Rows{64, 192, 192});  // whatever there is to compute
  CHECK(planned_bounds(1, 1 << 17) == Rows{8, 8, 8});         // rows of 512 KB
  CHECK(planned_bounds(1, 1 << 18) == Rows{4, 4, 4});         // rows of 1 MB
  CHECK(planned_bounds(1, 1 << 21) == Rows{1, 1, 1});         // rows of 8 MB
}

}  // namespace
}  // namespace reel::testing
