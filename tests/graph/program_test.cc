// Programs: the same bits on any number of threads and rows.
#include "reel/graph/run/program.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "graph/interpreter.h"
#include "graph/random_graph.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

const Passes kNoPasses{
    .fold = false, .hoist = false, .share_prefixes = false, .prepack = false, .addends = false, .recompute = false};

void check_close(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.type() == expected.type());
  double scale = 1e-3;
  for (int64_t i = 0; i < expected.size(); ++i) scale = std::max(scale, std::abs(expected.at(i)));
  for (int64_t i = 0; i < got.size(); ++i) {
    if (!(std::abs(got.at(i) - expected.at(i)) <= 1e-9 * scale)) {
      FAIL_CHECK("element " << i << " is " << got.at(i) << ", expected " << expected.at(i));
      return;
    }
  }
}

TEST_CASE("program: random graphs come to what they come to node by node, without any pass", "[program]") {
  double distinct = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    const int size = 10 + static_cast<int>(seed % 40);
    RandomGraph random = random_graph(seed, size), plain = random_graph(seed, size, kNoPasses);
    const std::vector<Var> roots = plain.targets.roots();
    Program program = random.tape->compile(random.targets);
    for (const int64_t batch_rows : {70, 5}) {
      INFO("seed " << seed << ", " << batch_rows << " rows");
      const auto batch = plain.batch(batch_rows);
      Interpretation expected = interpret(plain.graph(), roots, batch, batch_rows);
      const std::vector<Tensor> outputs = program.run(random.in_order(random.batch(batch_rows)));
      for (size_t i = 0; i < outputs.size(); ++i) {
        INFO("output " << i << " " << plain.graph().node(plain.targets.outputs[i]).op->name());
        check_close(outputs[i], expected[plain.targets.outputs[i]]);
      }
      for (size_t i = 0; i < plain.targets.assignments.size(); ++i) {
        INFO("assignment " << i);
        const auto& [parameter, value] = plain.targets.assignments[i];
        Tensor target = plain.graph().node(parameter).value;
        check_close(random.graph().node(random.targets.assignments[i].parameter).value, expected[value]);
        target.assign(expected[value]);
      }
    }
    distinct += program.stats().distinct_share;
  }
  CHECK(distinct < 148);  // some have prefixes to share
}

TEST_CASE("program: random graphs give the same bits on 1, 2 and 5 threads", "[program]") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::vector<std::vector<Tensor>> results;
    for (const int count : {1, 2, 5}) {
      const WithThreads with(count);
      RandomGraph random = random_graph(seed, 40);
      Program program = random.tape->compile(random.targets);
      const auto batch = random.in_order(random.batch(333));
      program.run(batch);
      results.push_back(program.run(batch));
      for (const Var& parameter : random.parameters) results.back().push_back(random.graph().node(parameter).value);
    }
    for (size_t i = 0; i < results[0].size(); ++i) {
      CHECK(same_bits(results[0][i], results[1][i]));
      CHECK(same_bits(results[0][i], results[2][i]));
    }
  }
}

/// A small recurrent model with embedding, trained by momentum: what training steps are made of.
struct Training {
  Tape tape;
  std::vector<Tensor> state;
  Program step;

  Training() {
    const Var ids = tape.input({rows, 6}, DType::i32), target = tape.input({rows, 1});
    std::vector<Var> weights;
    for (const Shape& shape : {Shape{50, 16}, Shape{16, 32}, Shape{32, 32}, Shape{32, 1}}) {
      state.push_back(Tensor::uniform(shape, -0.3, 0.3, 1 + weights.size()));
      weights.push_back(tape.parameter(state.back()));
    }
    const Var x = gather(weights[0], ids);
    Var h;
    for (int t = 0; t < 6; ++t) {
      const Var z = matmul(select(x, 1, t), weights[1]);
      h = tanh(h ? z + matmul(h, weights[2]) : z);
    }
    const Var loss = mean(square(sigmoid(matmul(h, weights[3])) - target));
    const std::vector<Var> gradient = tape.gradient(loss, weights);
    Targets targets{.outputs = {loss}, .guard = loss};
    for (size_t i = 0; i < weights.size(); ++i) {
      state.push_back(Tensor::zeros(weights[i].shape()));
      const Var momentum = tape.parameter(state.back()), next = 0.9 * momentum + gradient[i];
      targets.assignments.push_back({momentum, next});
      targets.assignments.push_back({weights[i], weights[i] - 0.5 * next});
    }
    step = tape.compile(std::move(targets));
  }

  double run(int64_t count, int32_t first) {
    std::vector<int32_t> ids(static_cast<size_t>(count * 6));
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = (first + static_cast<int32_t>(i * i)) % 50;
    std::vector<float> target(static_cast<size_t>(count));
    for (size_t i = 0; i < target.size(); ++i) target[i] = ids[6 * i] > 25 ? 1.0f : 0.0f;
    return step.run({Tensor::of<int32_t>({count, 6}, ids), Tensor::of<float>({count, 1}, target)})[0].item();
  }
};

TEST_CASE("program: training ends in the same bits on 1, 2 and 5 threads, with remainders", "[program]") {
  std::vector<std::vector<Tensor>> states;
  for (const int count : {1, 2, 5}) {
    const WithThreads with(count);
    Training training;
    for (const int64_t batch : {1, 31, 32, 33, 100, 500, 1, 100}) {
      CHECK(std::isfinite(training.run(batch, static_cast<int32_t>(batch % 7))));
    }
    states.push_back(training.state);
  }
  for (size_t i = 0; i < states[0].size(); ++i) {
    CHECK(same_bits(states[0][i], states[1][i]));
    CHECK(same_bits(states[0][i], states[2][i]));
  }
}

TEST_CASE("program: training learns", "[program]") {
  Training training;
  const double before = training.run(100, 3);
  for (int i = 0; i < 60; ++i) training.run(100, 3);
  CHECK(training.run(100, 3) < 0.5 * before);
}

TEST_CASE("program: rows that fit several tiles give what single rows give", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 6}), w = tape.parameter(Tensor::randn({6, 20}, 1));
  Program program = tape.compile({tanh(matmul(x, w))});
  const Tensor batch = Tensor::randn({100, 6}, 2);
  const Tensor all = program.run({batch})[0];
  for (const int64_t count : {1, 31, 32, 33, 100}) {
    const Tensor some = program.run({batch.slice_rows(0, count)})[0];
    CHECK(same_bits(some, all.slice_rows(0, count)));
  }
}

TEST_CASE("program: large tiles of a large batch give what small ones give", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 300}), w = tape.parameter(Tensor::randn({300, 900}, 1));  // w is worth large tiles
  Program program = tape.compile({tanh(matmul(x, w))});
  const Tensor batch = Tensor::randn({1700, 300}, 2);
  for (const int count : {1, 2, 5}) {
    const WithThreads with(count);
    const Tensor all = program.run({batch})[0];
    for (const int64_t first : {0, 191, 192, 1600}) {
      const Tensor some = program.run({batch.slice_rows(first, first + 100)})[0];
      CHECK(same_bits(some, all.slice_rows(first, first + 100)));
    }
  }
}

TEST_CASE("program: numbers too small for a normal float are zero while it runs, and there again after", "[program]") {
  const double least = std::numeric_limits<float>::min();
  Tape tape;
  const Var x = tape.input({rows, 256});
  Program program = tape.compile({x * 0.5, x * 2.0, x});
  for (const int count : {1, 2}) {
    const WithThreads with(count);
    const auto check = [&](double value, double half, double twice) {
      const std::vector<Tensor> got = program.run({Tensor::full({4096, 256}, value)});
      CHECK(got[0].at(4095 * 256) == half);
      CHECK(got[1].at(4095 * 256) == twice);
      CHECK(got[2].at(4095 * 256) == value);
    };
    check(least, 0, 2 * least);  // no result is subnormal
    check(0.75 * least, 0, 0);   // and no operand is read as one
    check(4 * least, 2 * least, 8 * least);
    volatile float small = std::numeric_limits<float>::min();
    CHECK(small * 0.5f > 0);
  }
}

TEST_CASE("program: rows of a large table that a batch does not add to are zeros", "[program]") {
  constexpr int64_t kTable = 2000, kRows = 100, kIds = 3, kWidth = 16;  // large enough for marks, and several tiles
  Graph graph;
  const Var ids = graph.input({DType::i32, {rows, kIds}}), updates = graph.input({DType::f32, {rows, kIds, kWidth}});
  const Var sum = scatter_add(ids, updates, kTable) + scatter_add(ids, updates * 2.0, kTable);
  Program program(graph, {.outputs = {sum}});
  for (const int count : {1, 2, 3}) {
    const WithThreads with(count);
    Random random(static_cast<uint64_t>(count));
    std::vector<int32_t> some_ids(kRows * kIds);
    for (int32_t& id : some_ids) id = static_cast<int32_t>(random.below(kTable));
    std::vector<float> values(kRows * kIds * kWidth), expected(kTable * kWidth);
    for (float& value : values) value = static_cast<float>(random.below(100));  // sums are exact in any order
    for (size_t i = 0; i < values.size(); ++i) {
      expected[static_cast<size_t>(some_ids[i / kWidth]) * kWidth + i % kWidth] += 3 * values[i];
    }
    const Tensor got = program.run(
        {Tensor::of<int32_t>({kRows, kIds}, some_ids), Tensor::of<float>({kRows, kIds, kWidth}, values)})[0];
    const auto data = got.data<float>();
    CHECK(std::vector<float>(data.begin(), data.end()) == expected);
  }
}

}  // namespace
}  // namespace reel::testing
