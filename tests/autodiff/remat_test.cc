// Values made again for the backward pass: the bits of everything stay. Rematerialised, the memory of a recurrence
// grows with the square root of its steps.
#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "graph/interpreter.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/verify.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kWords = 7, kFeatures = 6, kUnits = 8, kRows = 45;

Tensor some_ids(int64_t steps) {
  Random random(5);
  std::vector<int32_t> ids(static_cast<size_t>(kRows * steps));
  for (int32_t& id : ids) id = static_cast<int32_t>(random.below(3));
  return Tensor::of<int32_t>({kRows, steps}, ids);
}

/// A recurrence over the steps of x [rows, steps, features]: the outputs of all steps, [rows, units] each.
using Layer = std::function<std::vector<Var>(Var x, std::span<const Var> weights, Var mask)>;

std::vector<Var> simple(Var x, std::span<const Var> w, Var mask, bool backwards = false) {
  const int64_t steps = x.shape()[1];
  Var h = broadcast_to(x.graph().constant(0.0, x.dtype()), {rows, kUnits});
  std::vector<Var> outputs;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = backwards ? steps - 1 - i : i;
    const Var next = tanh(matmul(select(x, 1, t), w[0]) + w[2] + matmul(h, w[1]));
    h = mask ? where(reshape(select(mask, 1, t), {rows, 1}), next, h) : next;
    outputs.push_back(h);
  }
  return outputs;
}

/// Two states, four gates cut from one product, as in an LSTM.
std::vector<Var> gated(Var x, std::span<const Var> w, Var) {
  Var h = broadcast_to(x.graph().constant(0.0, x.dtype()), {rows, kUnits}), c = h;
  std::vector<Var> outputs;
  for (int64_t t = 0; t < x.shape()[1]; ++t) {
    const Var z = matmul(select(x, 1, t), w[3]) + matmul(h, w[4]);
    const auto gate = [&](int64_t i) { return slice(z, 1, i * kUnits, kUnits); };
    c = sigmoid(gate(0)) * c + sigmoid(gate(1)) * tanh(gate(2));
    h = sigmoid(gate(3)) * tanh(c);
    outputs.push_back(h);
  }
  return outputs;
}

/// Two recurrences add to the gradients of the same weights.
std::vector<Var> both_ways(Var x, std::span<const Var> w, Var mask) {
  return {simple(x, w, mask).back() + simple(x, w, mask, true).back()};
}

struct Model {
  std::string name;
  Layer layer;
  bool masked = false, stacked = false, both_ways = false;
};

std::vector<Model> models() {
  return {{"simple", [](Var x, auto w, Var mask) { return simple(x, w, mask); }},
          {"masked", [](Var x, auto w, Var mask) { return simple(x, w, mask); }, true},
          {"from the last step to the first", [](Var x, auto w, Var mask) { return simple(x, w, mask, true); }},
          {"two states", gated},
          {"stacked", gated, false, true},
          {"both ways", both_ways, false, false, true}};
}

struct Ran {
  std::vector<Tensor> out;
  ProgramStats stats;
};

/// Loss, gradients and three updates of the model, one program for all.
Ran run(const Model& model, int64_t steps, const Passes& passes, bool second_order = false) {
  Tape tape;
  tape.graph().passes() = passes;
  const Var ids = tape.input({rows, steps}, DType::i32, "ids"), y = tape.input({rows, 1}, DType::f32, "y");
  const Shape shapes[] = {{kFeatures, kUnits},     {kUnits, kUnits},     {kUnits},
                          {kFeatures, 4 * kUnits}, {kUnits, 4 * kUnits}, {kWords, kFeatures},
                          {kUnits, kFeatures},     {kUnits, 1}};
  std::vector<Var> w;
  for (const Shape& shape : shapes) w.push_back(tape.parameter(Tensor::uniform(shape, -0.5, 0.5, 10 + w.size())));
  const Var mask = model.masked ? not_equal(cast(ids, DType::f32), tape.constant(0.0)) : Var{};
  std::vector<Var> states = model.layer(gather(w[5], ids), w, mask);
  if (model.stacked) states = model.layer(matmul(stack(states), w[6]), w, mask);
  const Var loss = mean(square(matmul(states.back(), w[7]) - y));
  std::vector<Var> gradients = tape.gradient(loss, w);
  if (second_order) {
    std::vector<Var> v;
    for (const Shape& shape : shapes) v.push_back(tape.constant(Tensor::uniform(shape, -1, 1, 30 + v.size())));
    gradients = tape.hessian_vector_product(loss, w, v);
  }
  Targets targets{.outputs = gradients, .inputs = {ids, y}};
  targets.outputs.push_back(loss);
  for (size_t i = 0; i < w.size(); ++i) targets.assignments.push_back({w[i], w[i] - 0.1 * gradients[i]});
  Program program = tape.compile(std::move(targets));
  const Tensor batch = some_ids(steps), labels = Tensor::randn({kRows, 1}, 9);
  Ran ran;
  for (int step = 0; step < 3; ++step) ran.out = program.run({batch, labels});
  ran.stats = program.stats();
  for (const Var& weight : w) ran.out.push_back(tape.graph().node(weight).value);
  return ran;
}

Ran run(const Model& model, int64_t steps, int64_t every, bool share, bool second_order = false) {
  return run(model, steps, {.share_prefixes = share, .recompute = false, .remat_every = every}, second_order);
}

bool same(const Ran& a, const Ran& b) {
  return std::equal(a.out.begin(), a.out.end(), b.out.begin(), b.out.end(), same_bits);
}

TEST_CASE("remat: every bit of loss, gradients and updated weights stays", "[remat]") {
  constexpr int64_t kSteps = 19;
  for (const Model& model : models()) {
    for (const bool share : {true, false}) {
      const Ran plain = run(model, kSteps, 0, share);
      for (const int64_t every : {int64_t{1}, int64_t{3}, kRematAuto, kSteps, kSteps + 5}) {
        CAPTURE(model.name, share, every);
        const Ran again = run(model, kSteps, every, share);
        CHECK(same(plain, again));
        const bool is_cut = every < kSteps;
        CHECK((again.stats.nodes > plain.stats.nodes) == is_cut);
      }
    }
  }
}

TEST_CASE("remat: second derivatives stay the same bits", "[remat]") {
  for (const Model& model : models()) {
    CAPTURE(model.name);
    CHECK(same(run(model, 10, 0, true, true), run(model, 10, 3, true, true)));
  }
}

TEST_CASE("remat: what is made again is a node of its own, and the forward pass stays", "[remat]") {
  Tape tape;
  const Var x = tape.input({rows, 9, 3}), w = tape.parameter(Tensor::randn({3, 3}, 1));
  Var h = select(x, 1, 0);
  for (int64_t t = 1; t < 9; ++t) h = tanh(matmul(h, w) + select(x, 1, t));
  const Var loss = mean(h), outputs[] = {loss, tape.gradient(loss, w)};
  tape.graph().passes().remat_every = 3;
  const std::vector<Var> again = rematerialize(tape.graph(), outputs);
  verify(tape.graph(), again);
  CHECK(again[0] == loss);
  CHECK_FALSE(again[1] == outputs[1]);
  const auto count = [&](Var var) {
    int64_t found = 0;
    for (const int32_t id : reachable(tape.graph(), std::array{loss, var})) {
      found += tape.graph().node(id).op->name() == "tanh";
    }
    return found;
  };
  CHECK(count(outputs[1]) == 8);
  CHECK(count(again[1]) == 8 + 5);          // two segments of steps 2 to 3 and 4 to 6; the last is still there
  CHECK(select(x, 1, 0).id() < loss.id());  // no repeated node is found
}

TEST_CASE("recompute: every bit stays, and less is kept", "[remat]") {
  constexpr int64_t kSteps = 200;  // enough for most of what is kept to be far away when backward wants it
  for (const Model& model : models()) {
    for (const bool share : {true, false}) {
      CAPTURE(model.name, share);
      const Ran plain = run(model, kSteps, 0, share), again = run(model, kSteps, {.share_prefixes = share});
      CHECK(same(plain, again));
      const double kept = static_cast<double>(again.stats.arena_bytes) / static_cast<double>(plain.stats.arena_bytes);
      if (model.name == "two states") CHECK(kept < 0.85);  // 5 of 7 values a step, where they are far
      if (model.name == "simple") CHECK(kept == 1);        // one value a step, which follows from no other
      CHECK(kept <= 1);
      CHECK(same(run(model, 10, {.share_prefixes = share}), run(model, 10, 0, share)));
    }
  }
}

TEST_CASE("recompute: second derivatives stay the same bits", "[remat]") {
  for (const Model& model : models()) {
    CAPTURE(model.name);
    CHECK(same(run(model, 100, 0, true, true), run(model, 100, Passes{}, true)));
  }
}

TEST_CASE("remat: memory grows with the square root of the steps", "[remat]") {
  for (const Model& model : models()) {
    // Kept as they are: the outputs of all steps between layers, and what two recurrences read in different orders.
    if (model.stacked || model.both_ways) continue;
    for (const bool share : {true, false}) {
      const auto arena = [&](int64_t steps, int64_t every) {
        const int64_t mask = model.masked ? 2 * 32 * steps * 4 : 0;  // and what it is made from, for a tile
        return static_cast<double>(run(model, steps, every, share).stats.arena_bytes - static_cast<size_t>(mask));
      };
      const double plain = arena(400, 0), shorter = arena(100, kRematAuto), longer = arena(400, kRematAuto);
      CAPTURE(model.name, share, plain, shorter, longer);
      CHECK(plain > 3.5 * arena(100, 0));
      CHECK(longer < 2.2 * shorter);
      CHECK(longer < plain / 7);
    }
  }
}

}  // namespace
}  // namespace reel::testing
