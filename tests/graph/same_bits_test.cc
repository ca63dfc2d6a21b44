// What must change no bit of a training step: threads, and whatever else is computed beside it.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "graph/training_steps.h"
#include "graph/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

/// Which result is not the same to the bit; empty if all are.
std::string difference(const std::vector<Tensor>& results, const std::vector<Tensor>& expected) {
  if (results.size() != expected.size()) return "another number of results";
  for (size_t i = 0; i < results.size(); ++i) {
    if (!same_bits(results[i], expected[i])) return "result " + std::to_string(i) + ", " + results[i].type().str();
  }
  return {};
}

TEST_CASE("same bits: for any number of threads, of batches of any size", "[same_bits]") {
  for (const NamedStep& named : training_steps()) {
    const auto step = named.make();
    Program program = step->compile();
    for (const int64_t row_count : {5, 8, 31, 32, 33, 100, 128, 200, 300}) {
      const std::vector<Tensor> batch = step->batch(row_count);
      std::vector<Tensor> alone;
      for (int count = 1; count <= 16; ++count) {
        INFO(named.name << ", " << row_count << " rows, " << count << " threads");
        const WithThreads with(count);
        const std::vector<Tensor> results = train_twice(*step, program, batch);
        if (count == 1) alone = results;
        CHECK(difference(results, alone) == "");
      }
    }
  }
}

/// What is computed beside a step, as further outputs.
struct Beside {
  std::string name;
  std::function<std::vector<Var>(TrainingStep& step)> add;
};

/// Values of one row so wide that a tile of the batch holds few such rows.
Var wide(Var column) { return broadcast_to(column, {rows, 150000}); }

Var new_weight(TrainingStep& step, const Shape& shape) { return step.tape.parameter(Tensor::randn(shape, 55)); }

std::vector<Beside> all_beside() {
  return {
      {"nothing, again", [](TrainingStep&) { return std::vector<Var>{}; }},
      {"a metric", [](TrainingStep& step) { return std::vector{mean(abs(step.predicted - step.inputs.back()))}; }},
      {"a metric over far wider rows",
       [](TrainingStep& step) { return std::vector{mean(square(wide(step.predicted) + 0.5))}; }},
      {"far wider rows, not summed",
       [](TrainingStep& step) { return std::vector{reduce_max(square(wide(step.predicted) + 0.5))}; }},
      {"a layer that nobody reads",
       [](TrainingStep& step) {
         tanh(matmul(step.state, new_weight(step, {step.state.shape().back(), 33})));
         return std::vector<Var>{};
       }},
      {"a layer with heavy weights that no loss reads",
       [](TrainingStep& step) {
         const Var h = tanh(matmul(step.state, new_weight(step, {step.state.shape().back(), 16000})));
         return std::vector{reduce_sum(h), mean(h)};
       }},
      {"the last state itself", [](TrainingStep& step) { return std::vector{step.state}; }},
      {"norms of gradients",
       [](TrainingStep& step) {
         std::vector<Var> norms;
         for (const Var& gradient : step.gradients) norms.push_back(sum(square(gradient)));
         return norms;
       }},
      {"a metric that needs all of the batch first",
       [](TrainingStep& step) {
         const Var centered = step.state - sum_rows(step.state) / row_count(step.tape.graph(), DType::f32);
         return std::vector{mean(square(centered)), sum(wide(reduce_sum(centered, 1, true)))};
       }},
      {"a table that is read and summed by row",
       [](TrainingStep& step) {
         const Var table = new_weight(step, {5000, 40});
         return std::vector{sum(square(tanh(table))), sum(tanh(step.weights[0]))};
       }},
  };
}

TEST_CASE("same bits: whatever is computed beside a step", "[same_bits]") {
  const WithThreads with(3);
  for (const NamedStep& named : training_steps()) {
    for (const int64_t row_count : {33, 200}) {
      const auto alone = named.make();
      const std::vector<Tensor> batch = alone->batch(row_count);
      Program program = alone->compile();
      const std::vector<Tensor> expected = train_twice(*alone, program, batch);
      for (const Beside& beside : all_beside()) {
        INFO(named.name << ", " << row_count << " rows, beside it " << beside.name);
        const auto step = named.make();
        Program more = step->compile(beside.add(*step));
        CHECK(difference(train_twice(*step, more, batch), expected) == "");
      }
    }
  }
}

TEST_CASE("same bits: a term of a loss that is asked for, too", "[same_bits]") {
  Tape tape;
  const Var x = tape.input({rows, 30}), w = tape.parameter(Tensor::randn({30, 20}, 1)), h = tanh(matmul(x, w));
  const Var error = sum(square(h - 0.3)), activity = sum(abs(h)), loss = error + activity;
  const std::vector<Tensor> batch = {Tensor::randn({100, 30}, 2)};
  const Tensor alone = tape.compile({loss}).run(batch)[0];
  for (const Var& term : {error, activity}) {
    const std::vector<Tensor> both = tape.compile({loss, term}).run(batch);
    CHECK(same_bits(both[0], alone));
    CHECK(same_bits(both[1], tape.compile({term}).run(batch)[0]));
  }
}

}  // namespace
}  // namespace reel::testing
