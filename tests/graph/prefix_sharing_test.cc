// Prefix sharing against the same graph without it: the same bits forward, the same gradients within rounding.
#include <catch2/catch.hpp>

#include <algorithm>

#include "reel/autodiff/tape.h"
#include "reel/graph/print.h"
#include "reel/graph/random.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/ops/ops.h"

using namespace reel;

namespace {

constexpr int64_t kSteps = 9;

/// Sequences over few ids, so that they share prefixes of all lengths; `alphabet` 1 makes them all equal.
Tensor sequences(int64_t count, uint32_t alphabet, uint64_t seed) {
  Random random(seed);
  std::vector<int32_t> ids(static_cast<size_t>(count * kSteps));
  for (int32_t& id : ids) id = static_cast<int32_t>(random.below(alphabet));
  return Tensor::of<int32_t>({count, kSteps}, ids);
}

/// A recurrence with a carried second state, whose last state meets labels; outputs: predictions, loss, gradients.
std::vector<Tensor> run(bool share, const Tensor& ids, const Tensor& labels, double* distinct = nullptr) {
  Tape tape;
  tape.graph().passes().share_prefixes = share;
  const Var x = tape.input({rows, kSteps}, DType::i32, "ids"), y = tape.input({rows, 1}, DType::f32, "y");
  const Var table = tape.parameter(Tensor::randn({7, 3}, 1)), w = tape.parameter(Tensor::randn({3, 5}, 2)),
            u = tape.parameter(Tensor::randn({5, 5}, 3)), first = tape.parameter(Tensor::randn({1, 5}, 4)),
            d = tape.parameter(Tensor::randn({5, 1}, 5));
  const Var embedded = gather(table, x);
  Var h = broadcast_to(first, {rows, 5}), c = h * 0.5;  // a state that is learned, and equal for all rows
  for (int64_t t = 0; t < kSteps; ++t) {
    const Var z = matmul(select(embedded, 1, t), w) + matmul(h, u);
    c = c * sigmoid(z) + 0.1 * z;
    h = tanh(z + c);
  }
  const Var predicted = matmul(h, d), loss = mean(square(predicted - y));
  const std::vector<Var> weights{table, w, u, first, d};
  std::vector<Var> outputs{predicted, loss};
  for (const Var& gradient : tape.gradient(loss, weights)) outputs.push_back(gradient);
  Program program = tape.compile({.outputs = outputs, .inputs = {x, y}});
  std::vector<Tensor> out = program.run({ids, labels});
  if (distinct) *distinct = program.stats().distinct_share;
  return out;
}

void check_same(const Tensor& ids) {
  const Tensor labels = Tensor::randn({ids.shape()[0], 1}, 9);
  const std::vector<Tensor> with = run(true, ids, labels), without = run(false, ids, labels);
  for (int64_t i = 0; i < with[0].size(); ++i) REQUIRE(with[0].at(i) == without[0].at(i));
  REQUIRE(with[1].item() == without[1].item());
  for (size_t k = 2; k < with.size(); ++k) {
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < with[k].size(); ++i) {
      largest = std::max(largest, std::abs(without[k].at(i)));
      worst = std::max(worst, std::abs(with[k].at(i) - without[k].at(i)));
    }
    INFO("gradient " << k - 2);
    REQUIRE(largest > 0);
    REQUIRE(worst <= 4e-6 * largest);
  }
}

}  // namespace

TEST_CASE("prefix sharing: random prefix trees", "[graph][prefix]") {
  for (const int64_t count : {1, 2, 31, 32, 33, 70}) {
    for (const uint32_t alphabet : {1u, 2u, 3u, 7u}) {
      CAPTURE(count, alphabet);
      check_same(sequences(count, alphabet, static_cast<uint64_t>(count) * 10 + alphabet));
    }
  }
}

TEST_CASE("prefix sharing: rows that part at once, and rows that part at the last step", "[graph][prefix]") {
  Tensor at_once = sequences(6, 1, 1), at_last = sequences(6, 1, 1);
  for (int64_t row = 0; row < 6; ++row) {
    at_once.data<int32_t>()[row * kSteps] = static_cast<int32_t>(row);
    at_last.data<int32_t>()[row * kSteps + kSteps - 1] = static_cast<int32_t>(row);
  }
  check_same(at_once);
  check_same(at_last);
}

TEST_CASE("prefix sharing: the share of distinct prefixes is reported", "[graph][prefix]") {
  double distinct = 0;
  run(true, sequences(32, 1, 1), Tensor::zeros({32, 1}), &distinct);
  CHECK(distinct == Approx(1.0 / 8));  // one prefix for the 8 rows of a leaf at every step
  run(true, sequences(256, 1, 1), Tensor::zeros({256, 1}), &distinct);
  CHECK(distinct == Approx(1.0 / 32));  // leaves of a larger batch have more
  run(false, sequences(32, 1, 1), Tensor::zeros({32, 1}), &distinct);
  CHECK(distinct == 1);
}

TEST_CASE("prefix sharing: what a wide product reads is expanded, not the product", "[graph][prefix]") {
  constexpr int64_t kUnits = 4, kWide = 12;
  Tape tape;
  const Var ids = tape.input({rows, kSteps}, DType::i32);
  const Var table = tape.parameter(Tensor::randn({3, kWide}, 1)), u = tape.parameter(Tensor::randn({kUnits, kWide}, 2));
  const Var v = tape.parameter(Tensor::randn({kUnits, kUnits}, 3)), b = tape.parameter(Tensor::randn({kUnits}, 4));
  Var h;
  for (int64_t t = 0; t < kSteps; ++t) {
    const Var x = gather(table, select(ids, 1, t));
    if (!h) h = broadcast_to(tape.constant(0.0), {rows, kUnits});
    const std::vector<Var> gates = split(x + matmul(h, u), 3);
    h = tanh(gates[0] * gates[1] + gates[2] * (matmul(h, v) + b));
  }
  Rewriting rewriting(tape.graph(), std::array{h});
  share_prefixes(rewriting);
  const std::string text = to_text(tape.graph(), rewriting.outputs());
  size_t expansions = 0;
  for (size_t at = 0; (at = text.find("expand_groups", at)) != text.npos; ++at) ++expansions;
  CHECK(expansions <= kSteps);  // of the state, which both products share
  CHECK(expansions > kSteps / 2);

  const Tensor batch = sequences(40, 3, 5);
  const Tensor with = tape.compile({h}).run({batch})[0];
  tape.graph().passes().share_prefixes = false;
  const Tensor without = tape.compile({h}).run({batch})[0];
  for (int64_t i = 0; i < with.size(); ++i) REQUIRE(with.at(i) == without.at(i));
}
