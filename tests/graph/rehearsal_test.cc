// Rehearsals: what is written down of programs that run on one thread, cut as for more.
#include "reel/graph/run/rehearsal.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

/// A recurrence over ids whose prefixes are shared, and its gradient: rows are summed, and prefixes looked for.
struct Step {
  explicit Step(int64_t row_count = 4000, int64_t step_count = 3)
      : steps(step_count), x(Tensor::zeros({row_count, step_count}, DType::i32)) {
    int32_t next = 0;
    for (int32_t& id : x.data<int32_t>()) id = next++ % 37;
  }
  std::vector<Var> record() {
    Var h = tape.constant(Tensor::zeros({1, 16}));
    for (int64_t step = 0; step < steps; ++step) h = tanh(select(gather(table, ids), 1, step) + matmul(h, w));
    const Var loss = mean(square(h));
    return {loss, tape.gradient(loss, w), tape.gradient(loss, table)};
  }
  std::vector<Tensor> run() { return program.run({x}); }

  int64_t steps;
  Tensor x;
  Tape tape;
  Var ids = tape.input({rows, steps}, DType::i32);
  Var table = tape.parameter(Tensor::randn({40, 16}, 1)), w = tape.parameter(Tensor::randn({16, 16}, 2));
  std::vector<Var> outputs = record();
  Program program = tape.compile(Targets{.outputs = outputs});
};

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Tensor& left, const Tensor& right) {
    return left.bytes() == right.bytes() && std::equal(left.raw(), left.raw() + left.bytes(), right.raw());
  });
}

/// The phase that sums over the batch.
const PhaseCosts& summing(const RunCosts& costs) {
  return *std::max_element(costs.phases.begin(), costs.phases.end(),
                           [](const PhaseCosts& a, const PhaseCosts& b) { return a.leaves < b.leaves; });
}

TEST_CASE("rehearsal: rows are cut as for so many threads, and results are the same bits", "[rehearsal]") {
  Step step;
  std::vector<Tensor> expected;
  for (const Tensor& output : step.run()) expected.push_back(output.clone());
  for (const int threads : {1, 2, 7, 64}) {
    INFO("cut for " << threads);
    std::vector<Tensor> outputs;
    const RunCosts costs = rehearse(threads, [&] { outputs = step.run(); });
    CHECK(same_bits(outputs, expected));
    CHECK(costs.between_seconds > 0);
    const PhaseCosts& phase = summing(costs);
    REQUIRE(phase.leaves > 64);
    CHECK(phase.workers == threads);
    CHECK(phase.whole_bytes > 0);
    int64_t leaf = 0;
    std::vector<int64_t> first;
    for (const TileCost& tile : phase.tiles) {
      CHECK(tile.seconds > 0);
      CHECK(tile.bytes > 0);
      first.push_back(tile.first_leaf);
      leaf += tile.leaves;
    }
    CHECK(leaf == phase.leaves);
    std::sort(first.begin(), first.end());
    CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
    CHECK(std::count_if(phase.joins.begin(), phase.joins.end(), [](double s) { return s > 0; }) == phase.leaves);
    const PhaseCosts* before = &phase - 1;
    REQUIRE(before >= costs.phases.data());
    CHECK(before->tiles.size() == phase.tiles.size());  // whose prefixes it looks for
    CHECK(before->joins.empty());
  }
}

TEST_CASE("rehearsal: tiles take several leaves where there are fewer threads than leaves", "[rehearsal]") {
  Step step(64, 30);
  const auto tiles_for = [&](int threads) {
    const RunCosts costs = rehearse(threads, [&] { step.run(); });
    return summing(costs).tiles;
  };
  CHECK(tiles_for(8).size() == 8);
  for (const TileCost& tile : tiles_for(8)) CHECK(tile.leaves == 1);
  CHECK(tiles_for(1).size() == 2);
  for (const TileCost& tile : tiles_for(1)) CHECK(tile.leaves == 4);
}

TEST_CASE("rehearsal: work is done by the thread that rehearses, whatever the number of threads", "[rehearsal]") {
  const WithThreads three(3);
  Step step;
  step.run();
  const RunCosts costs = rehearse(8, [&] {
    REQUIRE(Rehearsal::current() != nullptr);
    CHECK(Rehearsal::current()->threads() == 8);
    step.run();
    CHECK_THROWS_AS(rehearse(2, [] {}), Error);
  });
  CHECK(Rehearsal::current() == nullptr);
  CHECK(summing(costs).workers == 8);
  CHECK_THROWS_AS(rehearse(2, [] { throw ValueError("no"); }), ValueError);
  CHECK(Rehearsal::current() == nullptr);
  CHECK(rehearse(2, [] {}).phases.empty());
}

TEST_CASE("rehearsal: time within a part is told apart from the part", "[rehearsal]") {
  const auto pass = [](double seconds) {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds) continue;
  };
  const RunCosts costs = rehearse(2, [&] {
    Rehearsal& rehearsal = *Rehearsal::current();
    rehearsal.add_phase(2).joins.resize(1);
    const CostTimer tile(rehearsal.add_tile({}));
    const CostTimer join(rehearsal.join(0));
    pass(2e-3);
  });
  // However long other processes take: the join holds all that passes, and the tile only what clocks take.
  CHECK(costs.phases[0].joins[0] >= 2e-3);
  CHECK(costs.phases[0].tiles[0].seconds >= 0);
  CHECK(costs.phases[0].tiles[0].seconds < costs.phases[0].joins[0]);
}

}  // namespace
}  // namespace reel::testing
