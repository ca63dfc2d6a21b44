// What is differentiated has a form, and programs compute that: whatever else they compute, and whatever was asked
// before.
#include "reel/graph/forms.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "graph/interpreter.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kBatch = 40, kSteps = 9, kUnits = 6, kWords = 200;

/// A recurrence over ids in f64 whose rows share prefixes. Its table has more vectors than three of its steps pick of a
/// tile, and fewer than all of them do.
struct Recurrence {
  Tape tape;
  Var ids, table, w, u;
  std::vector<Var> weights, words, states;  // by step

  explicit Recurrence(bool with_passes = true) {
    if (!with_passes) switch_off_passes();
    ids = tape.input({rows, kSteps}, DType::i32);
    table = weight({kWords, 4}, 1), w = weight({4, kUnits}, 2), u = weight({kUnits, kUnits}, 3);
    weights = {table, w, u};
    for (int64_t t = 0; t < kSteps; ++t) words.push_back(gather(table, select(ids, 1, t)));
    states = recur(u);
  }

  Var weight(const Shape& shape, uint64_t seed) { return tape.parameter(Tensor::randn(shape, seed, DType::f64)); }

  std::vector<Var> recur(Var by) {
    std::vector<Var> made{broadcast_to(tape.constant(0.0, DType::f64), {rows, kUnits})};
    for (const Var& word : words) made.push_back(tanh(matmul(word, w) + matmul(made.back(), by)));
    return made;
  }

  void switch_off_passes() {
    for (const PassName& pass : kPasses) tape.graph().passes().*pass.enabled = false;
  }

  std::vector<Tensor> run(std::vector<Var> outputs) {
    Random random(5);
    Tensor batch = Tensor::zeros({kBatch, kSteps}, DType::i32);
    for (int32_t& id : batch.data<int32_t>()) id = static_cast<int32_t>(random.below(3));
    std::vector<Tensor> results;
    for (const Tensor& result : tape.compile({.outputs = std::move(outputs), .inputs = {ids}}).run({batch})) {
      results.push_back(result.clone());
    }
    return results;
  }
};

void check_close(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.type() == expected.type());
  double largest = 0, worst = 0;
  for (int64_t i = 0; i < got.size(); ++i) {
    largest = std::max(largest, std::abs(expected.at(i)));
    worst = std::max(worst, std::abs(got.at(i) - expected.at(i)));
  }
  CHECK(largest > 0);
  CHECK(worst <= 1e-12 * largest);
}

/// Holds what `outputs` of a recurrence come to against the same without any pass.
void check_against_no_passes(const std::function<std::vector<Var>(Recurrence&)>& outputs) {
  Recurrence with, without(false);
  const std::vector<Tensor> got = with.run(outputs(with)), expected = without.run(outputs(without));
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    check_close(got[i], expected[i]);
  }
}

std::vector<Var> with_gradients(Recurrence& of, Var loss) {
  std::vector<Var> outputs{loss};
  for (const Var& gradient : of.tape.gradient(loss, of.weights)) outputs.push_back(gradient);
  return outputs;
}

TEST_CASE("forms: a program is what was differentiated, whatever passes are switched on by then", "[forms]") {
  for (const bool on_first : {false, true}) {
    Recurrence one(on_first), same(on_first);
    const std::vector<Var> outputs = with_gradients(one, mean(square(one.states.back())));
    const std::vector<Var> others = with_gradients(same, mean(square(same.states.back())));
    Passes& passes = one.tape.graph().passes();
    passes.hoist = passes.share_prefixes = !on_first;
    CHECK(one.tape.compile(outputs).stats().nodes == same.tape.compile(others).stats().nodes);
    const std::vector<Tensor> got = one.run(outputs), expected = same.run(others);
    for (size_t i = 0; i < got.size(); ++i) CHECK(same_bits(got[i], expected[i]));
  }
}

TEST_CASE("forms: sharing that is switched off later expands what is kept by prefix", "[forms]") {
  const auto with_metric = [](Recurrence& of) {
    std::vector<Var> outputs = with_gradients(of, mean(square(of.states.back())));
    of.switch_off_passes();
    outputs.push_back(mean(of.states[4] * matmul(of.words[7], of.w)));
    outputs.push_back(of.states[5]);
    return outputs;
  };
  check_against_no_passes(with_metric);
}

TEST_CASE("forms: a term that picks too little to hoist changes no bit of a loss that picks enough", "[forms]") {
  Recurrence alone;
  const auto loss_of = [](Recurrence& of) { return mean(square(of.states.back())) + mean(abs(of.states[3])); };
  const std::vector<Tensor> expected = alone.run(with_gradients(alone, loss_of(alone)));
  for (const bool term_is_first : {false, true}) {
    Recurrence both;
    const auto ask = [&] { return with_gradients(both, mean(abs(both.states[3]))); };
    std::vector<Var> beside, outputs;
    if (term_is_first) beside = ask();
    outputs = with_gradients(both, loss_of(both));
    if (!term_is_first) beside = ask();
    for (const Var& more : beside) outputs.push_back(more);
    const std::vector<Tensor> got = both.run(outputs);
    for (size_t i = 0; i < expected.size(); ++i) CHECK(same_bits(got[i], expected[i]));
  }
}

TEST_CASE("forms: an adjoint that is kept by prefix, too", "[forms]") {
  check_against_no_passes([](Recurrence& of) {
    const Var dy = tanh(of.states[4]) * 0.5 + matmul(of.words[4], of.w);
    std::vector<Var> outputs = of.tape.vjp(of.states[5], dy, of.weights);
    outputs.push_back(of.tape.jacobian_vector_product(of.states[5], std::array{of.u}, std::array{tanh(of.u)}));
    return outputs;
  });
}

TEST_CASE("forms: gradients by values on the way, beside those by weights", "[forms]") {
  for (const bool weights_first : {false, true}) {
    check_against_no_passes([&](Recurrence& of) {
      const Var loss = mean(square(of.states.back()));
      std::vector<Var> outputs, by_values;
      if (weights_first) outputs = with_gradients(of, loss);
      by_values = of.tape.gradient(loss, {of.words[2], of.states[3]});
      if (!weights_first) outputs = with_gradients(of, loss);
      outputs.insert(outputs.end(), by_values.begin(), by_values.end());
      for (const Var& second : of.tape.gradient(sum(square(outputs.back())), of.weights)) outputs.push_back(second);
      return outputs;
    });
  }
}

TEST_CASE("forms: second derivatives, of what also reads the record", "[forms]") {
  check_against_no_passes([](Recurrence& of) {
    std::vector<Var> outputs = with_gradients(of, mean(square(of.states.back())));
    const Var more = sum(square(outputs[3])) + mean(of.states[6] * of.states[2]) + sum(outputs[1] * of.table);
    for (const Var& second : with_gradients(of, more)) outputs.push_back(second);
    outputs.push_back(of.tape.jacobian_vector_product(more, std::array{of.u}, std::array{outputs[3] + of.u}));
    return outputs;
  });
}

/// How many of the values with a given op are computed for all rows, and how many for each prefix.
std::pair<int, int> count_by_rows(Recurrence& of, std::string_view op, std::vector<Var> outputs) {
  Targets targets{.outputs = std::move(outputs)};
  rewrite_for_running(of.tape.graph(), targets);
  std::pair<int, int> counts;
  for (const int32_t id : reachable(of.tape.graph(), targets.roots())) {
    const Node& node = of.tape.graph().node(id);
    if (node.op->name() == op) ++(node.space == kAllRows ? counts.first : counts.second);
  }
  return counts;
}

TEST_CASE("forms: what is recorded beside what has been differentiated is shared with it", "[forms]") {
  Recurrence of;
  of.tape.graph().passes().recompute = false;
  const Var loss = mean(square(of.states.back()));
  std::vector<Var> outputs = with_gradients(of, loss);
  CHECK(count_by_rows(of, "tanh", outputs) == std::pair(1, static_cast<int>(kSteps) - 1));
  outputs.push_back(mean(abs(of.states[6])));  // reads what there is
  outputs.push_back(tanh(of.states[4] + of.states[2]));
  CHECK(count_by_rows(of, "tanh", outputs) == std::pair(1, static_cast<int>(kSteps)));
  // Another recurrence, that begins with the same state.
  outputs.push_back(mean(of.recur(of.weight({kUnits, kUnits}, 9)).back()));
  CHECK(count_by_rows(of, "tanh", outputs) == std::pair(2, 2 * static_cast<int>(kSteps) - 1));
}

}  // namespace
}  // namespace reel::testing
