// What must change no bit of a training step: threads, and whatever else is computed beside it.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "graph/training_steps.h"
#include "reel/graph/run/with_threads.h"
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

/// Gradients to which all that adds to those of the loss adds as well, and a product with each matrix.
std::vector<Var> gradients_of_more(TrainingStep& step) {
  Var more = step.loss;
  for (const Var& weight : step.weights) {
    if (weight.shape().rank() != 2) continue;
    const Tensor one = Tensor::randn({1, weight.shape()[0]}, 77);
    more = more + mean(abs(matmul(broadcast_to(step.tape.constant(one), {rows, weight.shape()[0]}), weight)));
  }
  return step.tape.gradient(more, step.weights);
}

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
      {"gradients with a decay of weights",
       [](TrainingStep& step) {
         std::vector<Var> norms;
         for (size_t i = 0; i < step.weights.size(); ++i) {
           norms.push_back(sum(square(step.gradients[i] + 0.01 * step.weights[i])));
         }
         return norms;
       }},
      {"gradients of the loss and more", gradients_of_more},
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

/// Gradients in w of two terms of a loss, each of which is a product, and of the loss.
struct Terms {
  Tape tape;
  Var w, error, other, loss;
  std::vector<Tensor> batch;

  Terms(int64_t inputs, int64_t units)
      : w(tape.parameter(Tensor::randn({inputs, units}, 1))), batch{Tensor::randn({100, inputs}, 2)} {
    const Var x = tape.input({rows, inputs});
    error = sum(square(matmul(x, w) - 0.3));
    other = sum(abs(matmul(x * 0.5, w)));
    loss = error + other;
  }
};

TEST_CASE("same bits: the gradient of a term of a loss that is asked for, too", "[same_bits]") {
  // A small sum, and one of more than a megabyte, which is cut by its own rows if one product alone adds to it.
  for (const auto& [inputs, units] : {std::pair(30, 20), std::pair(512, 520)}) {
    CAPTURE(inputs, units);
    Terms alone(inputs, units), of_term(inputs, units);
    const Tensor total = alone.tape.compile({alone.loss, alone.tape.gradient(alone.loss, alone.w)}).run(alone.batch)[1];
    const Tensor part =
        of_term.tape.compile({of_term.loss, of_term.tape.gradient(of_term.error, of_term.w)}).run(of_term.batch)[1];
    for (const bool term_is_first : {false, true}) {
      Terms both(inputs, units);
      Var gradient, of_error;
      if (term_is_first) of_error = both.tape.gradient(both.error, both.w);
      gradient = both.tape.gradient(both.loss, both.w);
      if (!term_is_first) of_error = both.tape.gradient(both.error, both.w);
      const Var of_other = both.tape.gradient(both.other, both.w);
      const std::vector<Tensor> results =
          both.tape.compile({both.loss, gradient, of_error, sum(square(of_other)), of_error + of_other})
              .run(both.batch);
      CHECK(same_bits(results[1], total));
      CHECK(same_bits(results[2], part));
    }
  }
}

/// Gradients of a loss of four terms on a recurrence over ids, those of some terms having been asked for before.
std::vector<Tensor> gradients_after(const std::vector<size_t>& asked) {
  constexpr int64_t kSteps = 9, kUnits = 48;
  Tape tape;
  const Var ids = tape.input({rows, kSteps}, DType::i32), table = tape.parameter(Tensor::randn({3, 16}, 1)),
            w = tape.parameter(Tensor::uniform({16, kUnits}, -0.2, 0.2, 2)),
            u = tape.parameter(Tensor::uniform({kUnits, kUnits}, -0.2, 0.2, 3));
  std::vector<Var> states{broadcast_to(tape.constant(Tensor::zeros({1, kUnits})), {rows, kUnits})};
  for (int64_t t = 0; t < kSteps; ++t) {
    states.push_back(tanh(matmul(gather(table, select(ids, 1, t)), w) + matmul(states.back(), u)));
  }
  const Var h = states.back();
  const std::vector<Var> terms{mean(square(h - 0.1)), mean(abs(h)), mean(square(tanh(h + states[5]))),
                               mean(square(matmul(states[6], u)))};
  const std::vector<Var> weights{table, w, u};
  std::vector<Var> beside;
  for (const size_t term : asked) {
    for (const Var& gradient : tape.gradient(terms[term], weights)) beside.push_back(sum(square(gradient)));
  }
  std::vector<Var> outputs{add_n(terms)};
  for (const Var& gradient : tape.gradient(outputs[0], weights)) outputs.push_back(gradient);
  const size_t count = outputs.size();
  outputs.insert(outputs.end(), beside.begin(), beside.end());
  Tensor batch = Tensor::zeros({100, kSteps}, DType::i32);
  for (int64_t i = 0; i < batch.size(); ++i) batch.data<int32_t>()[static_cast<size_t>(i)] = (i * i / 7) % 2;
  std::vector<Tensor> results;
  for (const Tensor& result : tape.compile(outputs).run({batch})) results.push_back(result.clone());
  results.resize(count);
  return results;
}

TEST_CASE("same bits: whatever has been differentiated before", "[same_bits]") {
  const std::vector<Tensor> alone = gradients_after({});
  for (const std::vector<size_t>& asked : std::vector<std::vector<size_t>>{{0}, {1}, {2}, {3}, {3, 2, 1, 0}, {1, 3}}) {
    CHECK(difference(gradients_after(asked), alone) == "");
  }
}

/// What a user adds up is no gradient, even if it looks like one.
TEST_CASE("same bits: the sum of the gradients of all terms", "[same_bits]") {
  Terms alone(30, 20), both(30, 20);
  const Tensor total = alone.tape.compile({alone.loss, alone.tape.gradient(alone.loss, alone.w)}).run(alone.batch)[1];
  const Var of_error = both.tape.gradient(both.error, both.w), of_other = both.tape.gradient(both.other, both.w);
  const Var one = add_n({of_error, of_other}), another = add_n({of_other, of_error});
  const Var gradient = both.tape.gradient(both.loss, both.w);
  CHECK(same_bits(both.tape.compile({both.loss, gradient, one, another}).run(both.batch)[1], total));
}

/// A later stage, of a metric alone, reads what is kept by prefix: both cut the batch in the same places.
TEST_CASE("same bits: values kept by prefix that a metric reads later", "[same_bits]") {
  constexpr int64_t kSteps = 5, kUnits = 520;  // with weights of more than a megabyte, and leaves of 64 rows and more
  const auto run = [](bool has_metric) {
    Tape tape;
    const Var ids = tape.input({rows, kSteps}, DType::i32),
              w = tape.parameter(Tensor::uniform({3, kUnits}, -0.2, 0.2, 1)),
              u = tape.parameter(Tensor::uniform({kUnits, kUnits}, -0.05, 0.05, 2));
    std::vector<Var> states{broadcast_to(tape.constant(Tensor::zeros({1, kUnits})), {rows, kUnits})};
    for (int64_t t = 0; t < kSteps; ++t) {
      states.push_back(tanh(gather(w, select(ids, 1, t)) + matmul(states.back(), u)));
    }
    const Var loss = mean(square(states.back() - 0.1)), early = states[3];
    Targets targets{.outputs = tape.gradient(loss, {w, u}), .guard = loss, .inputs = {ids}};
    if (has_metric) {
      const Var centered = early - sum_rows(early) / row_count(tape.graph(), DType::f32);
      targets.outputs.push_back(mean(square(centered)));
    }
    Tensor batch = Tensor::zeros({100, kSteps}, DType::i32);
    for (int64_t i = 0; i < batch.size(); ++i) batch.data<int32_t>()[static_cast<size_t>(i)] = (i * i / 7) % 2;
    const std::vector<Tensor> outputs = tape.compile(targets).run({batch});
    return std::vector<Tensor>{outputs[0].clone(), outputs[1].clone()};
  };
  CHECK(difference(run(true), run(false)) == "");
}

}  // namespace
}  // namespace reel::testing
