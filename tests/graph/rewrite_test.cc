// The passes keep every bit.
#include "reel/graph/rewrite/rewrite.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/print.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

std::vector<Var> hoisted_of(Graph& graph, std::span<const Var> outputs) {
  Rewriting rewriting(graph, outputs);
  hoist_to_source(rewriting);
  return rewriting.outputs();
}

std::string op_of(Var var) { return std::string(var.graph().node(var).op->name()); }

TEST_CASE("fold_constants: what hangs on constants alone becomes one", "[rewrite]") {
  Tape tape;
  const Var x = tape.input({rows, 3});
  const Var scale =
      exp(tape.constant(Tensor::of<float>({1, 2, 3})) * 2.0) + sum_rows(tape.constant(Tensor::randn({4, 3}, 1)));
  const Var y = x * scale;
  const Var folded = fold_constants(tape.graph(), std::array{y})[0];
  const Node node = tape.graph().node(folded);
  CHECK(node.op->name() == "multiply");
  CHECK(tape.graph().node(node.inputs[1]).leaf == Leaf::constant);
  CHECK(same_bits(tape.graph().node(node.inputs[1]).value, interpret(tape.graph(), std::array{scale}, {}, 1)[scale]));
  CHECK(reachable(tape.graph(), std::array{folded}).size() == 3);
}

TEST_CASE("fold_constants: leaves alone what varies and what is large", "[rewrite]") {
  Tape tape;
  const Var parameter = tape.parameter(Tensor::scalar(1));
  const Var large = broadcast_to(tape.constant(1.0), {2000}), counted = row_count(tape.graph(), DType::f32) * 2.0;
  const Var outputs[] = {parameter * 2.0, large, counted, broadcast_to(tape.constant(1.0), {rows, 2})};
  const std::vector<Var> folded = fold_constants(tape.graph(), outputs);
  for (size_t i = 0; i < folded.size(); ++i) CHECK(folded[i] == outputs[i]);
}

TEST_CASE("hoist: work on picked vectors moves to the table, and every bit stays", "[rewrite]") {
  Tape tape;
  const Var ids = tape.input({rows, 5}, DType::i32), table = tape.parameter(Tensor::randn({9, 3}, 1));
  const Var w = tape.parameter(Tensor::randn({3, 4}, 2)), b = tape.parameter(Tensor::randn({4}, 3));
  const Var x = gather(table, ids);
  const Var step = tanh(matmul(select(x, 1, 2), w) + b), all = sigmoid(matmul(x, w) * 0.5);
  const Var cut = square(slice(x, 1, 1, 3));
  const Var outputs[] = {step, all, cut};
  const std::vector<Var> hoisted = hoisted_of(tape.graph(), outputs);
  for (const Var& var : hoisted) CHECK(op_of(var) == "gather");
  CHECK(op_of(tape.graph().var(tape.graph().node(hoisted[0]).inputs[1])) == "select");  // ids are cut, not vectors

  std::vector<int32_t> picked;
  for (int i = 0; i < 40 * 5; ++i) picked.push_back(i * i % 9);
  const std::map<int32_t, Tensor> inputs = {{ids.id(), Tensor::of<int32_t>({40, 5}, picked)}};
  const auto before = interpret(tape.graph(), outputs, inputs, 40),
             after = interpret(tape.graph(), hoisted, inputs, 40);
  for (size_t i = 0; i < hoisted.size(); ++i) {
    CHECK(hoisted[i].type() == outputs[i].type());
    CHECK(same_bits(before[outputs[i]], after[hoisted[i]]));
  }
}

TEST_CASE("hoist: of a single row, what each step's vector goes through goes to all of them at once", "[rewrite]") {
  Tape tape;
  tape.graph().passes().assumed_rows = 1;
  const Var ids = tape.input({rows, 5}, DType::i32), table = tape.parameter(Tensor::randn({900, 3}, 1));
  const Var w = tape.parameter(Tensor::randn({3, 4}, 2)), b = tape.parameter(Tensor::randn({4}, 3));
  const Var x = gather(table, ids), series = tape.input({rows, 4, 3});
  const auto step = [&](Var from, int64_t t) { return matmul(select(from, 1, t), w) + b; };
  std::vector<Var> outputs;
  for (int64_t t = 0; t < 5; ++t) outputs.push_back(step(x, t));
  for (int64_t t = 0; t < 3; ++t) outputs.push_back(step(series, t));  // one is never asked for
  const std::vector<Var> hoisted = hoisted_of(tape.graph(), outputs);
  for (size_t i = 0; i < 5; ++i) CHECK(op_of(hoisted[i]) == "select");
  for (size_t i = 5; i < 8; ++i) CHECK(hoisted[i] == outputs[i]);
  const std::map<int32_t, Tensor> inputs = {{ids.id(), Tensor::of<int32_t>({1, 5}, {3, 1, 899, 3, 0})},
                                            {series.id(), Tensor::randn({1, 4, 3}, 4)}};
  const auto before = interpret(tape.graph(), outputs, inputs, 1), after = interpret(tape.graph(), hoisted, inputs, 1);
  for (size_t i = 0; i < hoisted.size(); ++i) CHECK(same_bits(before[outputs[i]], after[hoisted[i]]));
}

TEST_CASE("hoist: stays where it would cost, or where vectors meet what varies", "[rewrite]") {
  Tape tape;
  const Var ids = tape.input({rows, 2}, DType::i32), large = tape.parameter(Tensor::zeros({5000, 3}));
  const Var small = tape.parameter(Tensor::zeros({4, 3})), other = tape.input({rows, 2, 3});
  const Var outputs[] = {tanh(gather(large, ids)), gather(small, ids) + other, reduce_sum(gather(small, ids)),
                         gather(small, ids) + tape.parameter(Tensor::zeros({2, 3}))};
  const std::vector<Var> hoisted = hoisted_of(tape.graph(), outputs);
  for (size_t i = 0; i < hoisted.size(); ++i) CHECK(hoisted[i] == outputs[i]);
}

TEST_CASE("passes: a program's values are those of the graph as it was written", "[rewrite]") {
  Tape tape;
  const Var x = tape.input({rows, 20}), w = tape.parameter(Tensor::randn({20, 48}, 1));
  const Var y = tanh(matmul(x, w) * (tape.constant(1.0) / 3.0));
  const Tensor batch = Tensor::randn({45, 20}, 2);
  const Tensor expected = interpret(tape.graph(), std::array{y}, {{x.id(), batch}}, 45)[y];
  CHECK(same_bits(tape.compile({y}).run({batch})[0], expected));
}

struct Cut {
  int64_t begin, size;
};

/// The adjoint of a [rows, 6] value of which `cuts` are taken.
Var adjoint_of_cuts(Tape& tape, const std::vector<Cut>& cuts) {
  const Var x = tape.input({rows, 6});
  std::vector<Var> losses;
  for (const auto& [begin, size] : cuts) losses.push_back(sum(exp(slice(x, 1, begin, size))));
  return tape.gradient(add_n(losses), x);
}

TEST_CASE("join: adjoints of slices that tile a value are put side by side, in order", "[rewrite]") {
  Tape tape;
  const Var dx = adjoint_of_cuts(tape, {{2, 1}, {3, 3}, {0, 2}});
  CHECK(op_of(dx) == "concatenate");
  CHECK(to_text(tape.graph(), std::array{dx}).find("place") == std::string::npos);
  const Tensor x = Tensor::randn({40, 6}, 1);
  const Tensor y = tape.compile({dx}).run({x})[0];
  for (int64_t i = 0; i < x.size(); ++i) CHECK(y.at(i) == Approx(std::exp(x.at(i))).epsilon(1e-6));
}

TEST_CASE("join: slices that overlap or leave a gap are added up", "[rewrite]") {
  const Tensor x = Tensor::randn({40, 6}, 1);
  const std::vector<Cut> overlapping{{0, 4}, {2, 4}}, gap_inside{{0, 2}, {3, 3}}, gap_at_end{{0, 2}, {2, 3}},
      gap_in_front{{1, 5}};
  for (const std::vector<Cut>& cuts : {overlapping, gap_inside, gap_at_end, gap_in_front}) {
    Tape tape;
    const Var dx = adjoint_of_cuts(tape, cuts);
    CHECK(op_of(dx) != "concatenate");
    const Tensor y = tape.compile({dx}).run({x})[0];
    for (int64_t i = 0; i < x.size(); ++i) {
      const auto covers = [&](const Cut& cut) { return i % 6 >= cut.begin && i % 6 < cut.begin + cut.size; };
      const auto times = std::count_if(cuts.begin(), cuts.end(), covers);
      CHECK(y.at(i) == Approx(static_cast<double>(times) * std::exp(x.at(i))).epsilon(1e-6));
    }
  }
}

TEST_CASE("addend: products at the end of a sum take in what stands before them, to the same bits", "[rewrite]") {
  Tape tape;
  const Var x = tape.input({rows, 32}), w = tape.parameter(Tensor::randn({32, 32}, 1));
  const Var v = tape.parameter(Tensor::randn({32, 32}, 2)), read_twice = matmul(x, w + v);
  const Var outputs[] = {add_n(std::array{tanh(x), exp(x), matmul(x, w), matmul(x, v)}),
                         add_n(std::array{matmul(x, w * v), matmul(x, w - v), tanh(x)}),
                         add_n(std::array{x, tanh(x), read_twice}), read_twice, exp(x) + matmul(exp(x), v)};
  const std::vector<Var> fused = fuse_addends(tape.graph(), prepack_operands(tape.graph(), outputs));
  CHECK(op_of(fused[0]) == "matmul_add_packed");
  CHECK(op_of(tape.graph().var(tape.graph().node(fused[0]).inputs[2])) == "matmul_add_packed");
  for (const size_t i : {1, 2}) CHECK(op_of(fused[i]) == "add_n");
  const Tensor batch = Tensor::randn({40, 32}, 3);
  for (const Var& output : outputs) {  // by itself, so that nothing else holds what it reads
    tape.graph().passes().addends = false;
    const Tensor plain = tape.compile(Targets{.outputs = {output}}).run({batch})[0];
    tape.graph().passes().addends = true;
    CHECK(same_bits(plain, tape.compile(Targets{.outputs = {output}}).run({batch})[0]));
  }
}

TEST_CASE("addend: of two that could add, the one with more to compute takes in the other", "[rewrite]") {
  Tape tape;
  const Var x = tape.input({rows, 32}), ids = tape.input({rows}, DType::i32);
  const Var product = matmul(x, tape.parameter(Tensor::randn({32, 32}, 1)));
  const Var picked = gather(tape.parameter(Tensor::randn({100, 32}, 2)), ids);
  const auto fused = [&](Var sum) { return op_of(fuse_addends(tape.graph(), std::array{sum})[0]); };
  for (const Var& sum : {product + picked, picked + product}) CHECK(fused(sum) == "matmul_add");
  for (const Var& sum : {tanh(x) + picked, picked + tanh(x)}) CHECK(fused(sum) == "gather_add");
}

TEST_CASE("addend: what adds has the gradients of itself and the sum", "[rewrite]") {
  Tape tape;
  tape.graph().passes().hoist = false;  // which sums in another order
  const Var x = tape.input({rows, 5}), ids = tape.input({rows}, DType::i32);
  const Var w = tape.parameter(Tensor::randn({5, 3}, 1)), bias = tape.parameter(Tensor::randn({3}, 2));
  std::vector<int32_t> picks(40);
  for (size_t i = 0; i < picks.size(); ++i) picks[i] = static_cast<int32_t>(i * i % 5);
  const Tensor batch = Tensor::randn({40, 5}, 3), picked = Tensor::of<int32_t>({40}, picks);
  const Var drive = tape.parameter(Tensor::randn({5, 3}, 4));
  for (const Var& alone : {matmul(x, w), gather(w, ids)}) {
    for (const Var& addend : {bias, tanh(matmul(x, drive))}) {
      const Node& node = tape.graph().node(alone);
      std::vector<Var> operands = {tape.graph().var(node.inputs[0]), tape.graph().var(node.inputs[1]), addend};
      const Var one = tape.graph().add(node.op->with_addend(), operands), two = alone + addend;
      for (const Var& by : {w, bias, addend}) {
        if (by == bias && !(addend == bias)) continue;
        const auto gradient = [&](Var y) {
          const Targets targets{.outputs = {tape.gradient(sum(square(y)), by)}, .inputs = {x, ids}};
          return tape.compile(targets).run({batch, picked})[0];
        };
        CHECK(same_bits(gradient(one), gradient(two)));
      }
    }
  }
}

}  // namespace
}  // namespace reel::testing
