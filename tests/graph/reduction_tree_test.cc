// The tree that joins tiles: one form for each number of tiles, whatever the order.
#include "reel/graph/run/reduction_tree.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "reel/graph/random.h"

namespace reel {
namespace {

constexpr size_t kFloats = 5, kDoubles = 3, kF64Begin = 128, kBytes = 256;
const FrameLayout kDense{kBytes, kF64Begin, kBytes, kBytes};

/// What a tile has accumulated: numbers of many sizes, so that any other order of adding shows.
struct Sums {
  std::vector<float> f32 = std::vector<float>(kFloats);
  std::vector<double> f64 = std::vector<double>(kDoubles);

  bool operator==(const Sums&) const = default;
};

Sums sums_of(int64_t tile) {
  Random random(static_cast<uint64_t>(tile) + 1);
  Sums sums;
  for (float& value : sums.f32) value = static_cast<float>(std::exp(8 * random.normal()) * (random.below(2) ? 1 : -1));
  for (double& value : sums.f64) value = std::exp(20 * random.normal()) * (random.below(2) ? 1 : -1);
  return sums;
}

Sums joined(const Sums& a, const Sums& b) {
  Sums sum = a;
  for (size_t i = 0; i < kFloats; ++i) sum.f32[i] += b.f32[i];
  for (size_t i = 0; i < kDoubles; ++i) sum.f64[i] += b.f64[i];
  return sum;
}

/// Neighbours, then neighbours of those; an odd one out goes up as it is.
Sums expected(int64_t tiles) {
  std::vector<Sums> level;
  for (int64_t tile = 0; tile < tiles; ++tile) level.push_back(sums_of(tile));
  while (level.size() > 1) {
    std::vector<Sums> next;
    for (size_t i = 0; i < level.size(); i += 2)
      next.push_back(i + 1 < level.size() ? joined(level[i], level[i + 1]) : level[i]);
    level = std::move(next);
  }
  return level[0];
}

void work(ReductionTree& tree, int64_t tile) {
  std::byte* frame = tree.lease();
  const Sums sums = sums_of(tile);
  for (size_t i = 0; i < kFloats; ++i) reinterpret_cast<float*>(frame)[i] += sums.f32[i];
  for (size_t i = 0; i < kDoubles; ++i) reinterpret_cast<double*>(frame + kF64Begin)[i] += sums.f64[i];
  tree.deposit(tile, frame);
}

Sums at_root(const ReductionTree& tree) {
  REQUIRE(tree.root() != nullptr);
  Sums sums;
  for (size_t i = 0; i < kFloats; ++i) sums.f32[i] = reinterpret_cast<const float*>(tree.root())[i];
  for (size_t i = 0; i < kDoubles; ++i) sums.f64[i] = reinterpret_cast<const double*>(tree.root() + kF64Begin)[i];
  return sums;
}

TEST_CASE("reduction tree: any order of completion gives the bits of the fixed tree", "[reduction_tree]") {
  ReductionTree tree(kDense);
  for (int64_t tiles = 1; tiles <= 40; ++tiles) {
    const Sums sums = expected(tiles);
    std::vector<int64_t> order(static_cast<size_t>(tiles));
    std::iota(order.begin(), order.end(), 0);
    for (int round = 0; round < 12; ++round) {
      INFO(tiles << " tiles, order " << round);
      tree.start(tiles);
      for (const int64_t tile : order) work(tree, tile);
      CHECK(at_root(tree) == sums);
      Random random(static_cast<uint64_t>(round), Purpose::tensor, static_cast<uint64_t>(tiles));
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
    }
  }
}

TEST_CASE("reduction tree: the order matters to these numbers", "[reduction_tree]") {
  Sums in_order = sums_of(0);
  for (int64_t tile = 1; tile < 40; ++tile) in_order = joined(in_order, sums_of(tile));
  CHECK_FALSE(in_order == expected(40));
}

TEST_CASE("reduction tree: threads at once give the same bits", "[reduction_tree]") {
  ReductionTree tree(kDense);
  for (int round = 0; round < 50; ++round) {
    constexpr int64_t kTiles = 37;
    tree.start(kTiles);
    std::atomic<int64_t> next = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int64_t tile; (tile = next++) < kTiles;) work(tree, tile);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(at_root(tree) == expected(kTiles));
  }
}

TEST_CASE("reduction tree: a run that was given up leaves nothing behind", "[reduction_tree]") {
  ReductionTree tree(kDense);
  tree.start(8);
  for (const int64_t tile : {0, 3, 5}) work(tree, tile);
  tree.start(8);
  for (int64_t tile = 0; tile < 8; ++tile) work(tree, tile);
  CHECK(at_root(tree) == expected(8));
}

/// A table of floats of which tiles add to a row each, and to one that all share.
TEST_CASE("reduction tree: rows that no tile has marked are zeros, whatever was there", "[reduction_tree]") {
  constexpr int64_t kRows = 200, kWidth = 3, kShared = 70, kTiles = 11;
  constexpr size_t kMarks = 128, kTable = 256, kTableBytes = kRows * kWidth * sizeof(float);
  ReductionTree tree({kTable + kTableBytes, 0, 0, kTable, {{kTable, kMarks, kRows, kWidth * sizeof(float), false}}});
  for (int round = 0; round < 3; ++round) {  // other rows every time, in frames that hold what was
    std::vector<float> expected(kRows * kWidth);
    tree.start(kTiles);
    for (int64_t tile = 0; tile < kTiles; ++tile) {
      std::byte* frame = tree.lease();
      auto* table = reinterpret_cast<float*>(frame + kTable);
      for (const int64_t row : {(tile * 17 + round * 5) % kRows, kShared}) {
        if (mark(reinterpret_cast<uint64_t*>(frame + kMarks), row)) std::fill_n(table + row * kWidth, kWidth, 0.0f);
        for (int64_t i = 0; i < kWidth; ++i) {
          const auto value = static_cast<float>(tile * 10 + i + 1);  // small integers: exact in any order
          table[row * kWidth + i] += value;
          expected[static_cast<size_t>(row * kWidth + i)] += value;
        }
      }
      tree.deposit(tile, frame);
    }
    const auto* table = reinterpret_cast<const float*>(tree.root() + kTable);
    CHECK(std::vector<float>(table, table + kRows * kWidth) == expected);
  }
}

/// Frames that are worth splitting: floats and doubles, of which some part holds both, and a table of few rows each.
struct LargeFrames {
  static constexpr size_t kDenseFloats = 50'001, kDenseDoubles = 20'003, kRows = 1'000, kWidth = 24;
  static constexpr size_t kWide = 200'064, kMarks = 360'128, kTable = 360'320;
  FrameLayout layout{kTable + kRows * kWidth * sizeof(float),
                     kWide,
                     kWide + kDenseDoubles * sizeof(double),
                     kTable,
                     {{kTable, kMarks, kRows, kWidth * sizeof(float), false}}};

  static float* floats(std::byte* frame) { return reinterpret_cast<float*>(frame); }
  static double* doubles(std::byte* frame) { return reinterpret_cast<double*>(frame + kWide); }
  static float* table(std::byte* frame) { return reinterpret_cast<float*>(frame + kTable); }

  static void add(std::byte* frame, int64_t tile) {
    Random random(static_cast<uint64_t>(tile) + 1);
    for (size_t i = 0; i < kDenseFloats; ++i) floats(frame)[i] = static_cast<float>(random.normal());
    for (size_t i = 0; i < kDenseDoubles; ++i) doubles(frame)[i] = random.normal();
    for (size_t row = 0; row < kRows; ++row) {
      if (random.below(3) > 0) continue;
      mark(reinterpret_cast<uint64_t*>(frame + kMarks), static_cast<int64_t>(row));
      for (size_t i = 0; i < kWidth; ++i) table(frame)[row * kWidth + i] = static_cast<float>(random.normal());
    }
  }
  static std::vector<double> all(std::byte* frame) {
    std::vector<double> values(floats(frame), floats(frame) + kDenseFloats);
    values.insert(values.end(), doubles(frame), doubles(frame) + kDenseDoubles);
    values.insert(values.end(), table(frame), table(frame) + kRows * kWidth);
    return values;
  }
};

TEST_CASE("reduction tree: joins that are put off give the same bits, whoever joins which part", "[reduction_tree]") {
  const LargeFrames large;
  ReductionTree at_once(large.layout), later(large.layout);
  const auto work = [&](ReductionTree& tree, int64_t tile, bool puts_off) {
    std::byte* frame = tree.lease();
    LargeFrames::add(frame, tile);
    tree.deposit(tile, frame, puts_off);
  };
  for (const int64_t tiles : {1, 2, 3, 8, 13}) {
    at_once.start(tiles);
    for (int64_t tile = 0; tile < tiles; ++tile) work(at_once, tile, false);
    CHECK(at_once.parts_put_off() == 0);
    const std::vector<double> expected = LargeFrames::all(at_once.root());
    for (const int64_t first_put_off : {int64_t{0}, tiles / 2, tiles - 1}) {
      INFO(tiles << " tiles, of which joins are put off from the " << first_put_off << ". on");
      later.start(tiles);
      std::atomic<int64_t> next = 0, next_part = 0;
      const auto in_threads = [](auto&& part) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) threads.emplace_back(part);
        for (std::thread& thread : threads) thread.join();
      };
      in_threads([&] {
        for (int64_t i; (i = next++) < tiles;) work(later, (i * 5 + 1) % tiles, i >= first_put_off);
      });
      REQUIRE(later.parts_put_off() > 8);
      in_threads([&] {
        for (int64_t part; (part = next_part++) < later.parts_put_off();) later.join_part(part);
      });
      CHECK(LargeFrames::all(later.root()) == expected);
    }
  }
}

TEST_CASE("reduction tree: small frames are joined at once", "[reduction_tree]") {
  ReductionTree tree(kDense);
  tree.start(3);
  for (int64_t tile = 0; tile < 3; ++tile) {
    std::byte* frame = tree.lease();
    tree.deposit(tile, frame, true);
  }
  CHECK(tree.parts_put_off() == 0);
  CHECK(tree.root() != nullptr);
}

}  // namespace
}  // namespace reel
