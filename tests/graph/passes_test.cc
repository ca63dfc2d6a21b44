// Every pass in kPasses can be left out: results stay, and the program is another one.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kBatch = 70, kSteps = 9, kWords = 6, kUnits = 160, kWide = 900;

/// Tensors of a run, and how many nodes of each op the program has.
struct Ran {
  std::vector<Tensor> values;
  std::map<std::string, int64_t> ops;
};

/// Reviews of few different words, padded on the left: many begin alike.
Tensor some_ids() {
  Random random(5);
  std::vector<int32_t> ids;
  for (int64_t row = 0; row < kBatch; ++row) {
    const int64_t padding = random.below(kSteps);
    for (int64_t step = 0; step < kSteps; ++step) {
      ids.push_back(step < padding ? 0 : static_cast<int32_t>(random.below(kWords)));
    }
  }
  return Tensor::of<int32_t>({kBatch, kSteps}, ids);
}

/// Loss and all gradients of a recurrent network in f64, over three tiles. There is something for every pass to do.
Ran run_network(const Passes& passes) {
  Tape tape;
  tape.graph().passes() = passes;
  const auto weight = [&](const Shape& shape, uint64_t seed) {
    return tape.parameter(Tensor::randn(shape, seed, DType::f64));
  };
  const Var ids = tape.input({rows, kSteps}, DType::i32), target = tape.input({rows, kUnits}, DType::f64);
  const std::vector<Var> weights = {weight({kWords, 8}, 1), weight({8, kUnits}, 2),      weight({kUnits, kUnits}, 3),
                                    weight({kUnits}, 4),    weight({kUnits, kUnits}, 5), weight({kUnits, kWide}, 7)};
  const Var scale = tape.constant(1.0, DType::f64) / tape.constant(7.0, DType::f64);
  const Var words = gather(weights[0], ids);
  Var state;
  for (int64_t step = 0; step < kSteps; ++step) {
    const Var drive = matmul(select(words, 1, step), weights[1]) + weights[3];
    const Var next = tanh(state ? drive + matmul(state, weights[2] * scale) : drive);
    state = state ? next * state : next;
  }
  const Var answer = matmul(target, weights[4]) + state;
  const Var loss = mean(square(answer - target)) + mean(square(matmul(target, weights[5])));
  std::vector<Var> outputs = tape.gradient(loss, weights);
  outputs.insert(outputs.begin(), loss);
  Program program = tape.compile(outputs);
  program.enable_profile();
  Ran ran;
  ran.values = program.run({some_ids(), Tensor::randn({kBatch, kUnits}, 6, DType::f64)});
  for (const ProfileEntry& entry : program.profile().ops) ran.ops[entry.op] = entry.nodes;
  return ran;
}

double largest(const Tensor& t) {
  double most = 0;
  for (int64_t i = 0; i < t.size(); ++i) most = std::max(most, std::abs(t.data<double>()[i]));
  return most;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(a.data<double>()[i] - b.data<double>()[i]));
  }
  return most;
}

TEST_CASE("passes: without any one of them, loss and gradients stay and the program is another", "[passes]") {
  const Ran with_all = run_network({});
  for (const PassName& pass : kPasses) {
    CAPTURE(pass.name);
    Passes passes;
    passes.switch_off(pass.name);
    CHECK_FALSE(passes.*pass.enabled);
    const Ran without = run_network(passes);
    CHECK(without.ops != with_all.ops);
    REQUIRE(without.values.size() == with_all.values.size());
    for (size_t i = 0; i < with_all.values.size(); ++i) {
      CAPTURE(i);
      REQUIRE(without.values[i].shape() == with_all.values[i].shape());
      CHECK(largest(with_all.values[i]) > 0);
      // A gradient is a sum of some thousand terms; a pass may change their order, not the terms.
      CHECK(largest_difference(without.values[i], with_all.values[i]) < 1e-12 * largest(with_all.values[i]));
    }
  }
}

TEST_CASE("passes: a name that there is not", "[passes]") {
  Passes passes;
  CHECK_THROWS_WITH(passes.switch_off("hosit"),
                    Catch::Contains("there is no \"hosit\"") && Catch::Contains("hoist, share_prefixes, fold"));
  CHECK(passes == Passes{});
}

}  // namespace
}  // namespace reel::testing
