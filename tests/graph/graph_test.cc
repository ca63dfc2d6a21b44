// The graph itself: hash-consing, leaves, verifier, printing.
#include "reel/graph/graph.h"

#include <array>
#include <catch2/catch.hpp>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/print.h"
#include "reel/graph/random.h"
#include "reel/graph/run/threads.h"
#include "reel/graph/verify.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// An op that may say one thing and be another: what the verifier is for.
struct Lies {
  Traits traits = {};
  bool shape_changes = false;  ///< infers another shape each time
  bool reads_rows_whole = false;
};

class LyingOp final : public Op {
 public:
  explicit LyingOp(Lies lies) : lies_(lies) {}
  std::string_view name() const override { return "lying"; }
  Traits traits() const override { return lies_.traits; }
  Type infer(std::span<const Type> inputs) const override {
    if (!lies_.shape_changes) return inputs[0];
    return {inputs[0].dtype, {rows, ++calls_}};
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return !lies_.reads_rows_whole; }
  void run(const Block&) const override {}

 private:
  Lies lies_;
  mutable int64_t calls_ = 0;
};

void verify_lying(Lies lies) {
  Tape tape;
  const Graph::Scope scope(tape.graph(), "dense_3");
  const Var x = tape.input({rows, 2});
  const Var y = tape.graph().add(std::make_shared<LyingOp>(lies), std::array{x});
  verify(tape.graph(), std::array{y});
}

TEST_CASE("verify: an honest op passes, and so do a model's gradients", "[graph]") {
  CHECK_NOTHROW(verify_lying({}));
  Tape tape;
  const Var x = tape.input({rows, 3}), w = tape.parameter(Tensor::zeros({3, 2}));
  const Var d = tape.gradient(mean(tanh(matmul(x, w))), w);
  CHECK_NOTHROW(verify(tape.graph(), std::array{d}));
}

TEST_CASE("verify: after every pass of these tests, and not where it is switched off", "[graph]") {
  const auto compile_liar = [] {
    Tape tape;
    const Var x = tape.input({rows, 3});
    return tape.compile({tape.graph().add(std::make_shared<LyingOp>(Lies{.shape_changes = true}), std::array{x})});
  };
  CHECK_THROWS_WITH(compile_liar(), Catch::Contains("verify: %1 lying: has type f32[rows, 1], its op infers"));
  CHECK(verify_passes(false));
  CHECK_NOTHROW(compile_liar());
  CHECK_FALSE(verify_passes(true));
}

TEST_CASE("verify: what an op says wrongly is found, with node and layer", "[graph]") {
  CHECK_THROWS_WITH(verify_lying({.shape_changes = true}),
                    "verify: %1 lying: has type f32[rows, 1], its op infers f32[rows, 2], in layer \"dense_3\"");
  CHECK_THROWS_WITH(verify_lying({.reads_rows_whole = true}),
                    "verify: %1 lying: reads the rows of input 0 f32[rows, 2] whole, in layer \"dense_3\"");
  CHECK_THROWS_WITH(verify_lying({.traits = {.accumulates = true, .reduces_rows = true}}),
                    Catch::Matchers::Contains("%1 lying: reduces rows, so it must accumulate"));
}

TEST_CASE("graph: a node that stands is found again, by op, attributes and inputs", "[graph]") {
  Tape tape;
  const Var a = tape.input({rows, 4}), b = tape.input({rows, 4});
  CHECK(a + b == a + b);
  CHECK_FALSE(a + b == b + a);
  CHECK(slice(a, 1, 0, 2) == slice(a, 1, 0, 2));
  CHECK_FALSE(slice(a, 1, 0, 2) == slice(a, 1, 1, 2));
  CHECK_FALSE(stack(std::array{a, b}) == stack(std::array{a, b, a}));
  CHECK(tape.constant(2.0) == tape.constant(2.0));
  CHECK_FALSE(tape.constant(2.0) == tape.constant(2.0, DType::f64));
  CHECK_FALSE(tape.constant(0.0) == tape.constant(-0.0));
  CHECK_FALSE(tape.input({2}) == tape.input({2}));
  const int32_t size = tape.graph().size();
  const Var loss = mean(square(a + b));
  tape.gradient(loss, a);
  const int32_t grown = tape.graph().size();
  CHECK(grown > size);
  tape.gradient(loss, a);
  CHECK(tape.graph().size() == grown);
}

TEST_CASE("graph: nodes of equal ops share one", "[graph]") {
  Tape tape;
  const Var x = tape.input({rows, 3}), y = tape.input({rows, 3});
  const auto op = [&](Var var) { return tape.graph().node(var).op; };
  CHECK(op(tanh(x)) == op(tanh(y)));
  CHECK(op(slice(x, 1, 0, 2)) == op(slice(y, 1, 0, 2)));
  CHECK(op(slice(x, 1, 0, 2)) != op(slice(y, 1, 1, 2)));
  CHECK(op(tanh(x)) != op(sigmoid(y)));
}

TEST_CASE("graph: types stay valid while nodes are added", "[graph]") {
  Tape tape;
  Var x = tape.input({rows, 4});
  const Type& type = x.type();
  for (int i = 0; i < 1000; ++i) x = x + static_cast<double>(i);
  CHECK(type.str() == "f32[rows, 4]");
}

TEST_CASE("graph: text of a model, a line a node", "[graph]") {
  Tape tape;
  const Var x = tape.input({rows, 3}, DType::f32, "images"), w = tape.parameter(Tensor::zeros({3, 2}), "kernel");
  Var y;
  {
    const Graph::Scope scope(tape.graph(), "dense_1");
    y = matmul(x, w);
  }
  const Var z = slice(y, 1, 0, 1) * 0.5;
  exp(z);  // not needed, not printed
  CHECK(to_text(tape.graph(), std::array{z}) ==
        "%0 = input \"images\" : f32[rows, 3]\n"
        "%1 = parameter \"kernel\" : f32[3, 2]\n"
        "%2 = matmul(%0, %1) : f32[rows, 2]  # dense_1\n"
        "%3 = slice(%2, axis=1, begin=0, size=1) : f32[rows, 1]\n"
        "%4 = constant(0.5) : f32[]\n"
        "%5 = multiply(%3, %4) : f32[rows, 1]\n");
}

TEST_CASE("graph: DOT has the nodes, the edges and a cluster a layer", "[graph]") {
  Tape tape;
  const Var x = tape.input({rows, 3}, DType::f32, "a \"b\"");
  Var y;
  {
    const Graph::Scope scope(tape.graph(), "dense_1");
    y = tanh(x);
  }
  const std::string dot = to_dot(tape.graph(), std::array{y});
  CHECK_THAT(dot, Catch::Matchers::StartsWith("digraph reel {"));
  CHECK_THAT(dot, Catch::Matchers::Contains("n1 [label=\"tanh\\nf32[rows, 3]\"]"));
  CHECK_THAT(dot, Catch::Matchers::Contains("input \\\"a \\\"b\\\"\\\""));
  CHECK_THAT(dot, Catch::Matchers::Contains("n0 -> n1;"));
  CHECK_THAT(dot, Catch::Matchers::Contains("label=\"dense_1\";"));
  CHECK(std::count(dot.begin(), dot.end(), '{') == std::count(dot.begin(), dot.end(), '}'));
}

TEST_CASE("graph: nodes and ops that are not there are refused", "[graph]") {
  Tape tape;
  Graph& graph = tape.graph();
  const Var x = tape.input({rows, 2});
  for (const int32_t id : {-1, 1, INT32_MAX}) {
    CAPTURE(id);
    CHECK_THROWS_AS(graph.node(id), Error);
    CHECK_THROWS_AS(graph.leaf_name(id), Error);
    const Var none(&graph, id);
    CHECK_THROWS_AS(none.shape(), Error);
    CHECK_THROWS_AS(x + none, Error);
    CHECK_THROWS_AS(reachable(graph, std::array{none}), Error);
    CHECK_THROWS_AS(tape.compile({none}), Error);
  }
  CHECK_THROWS_AS(reachable(graph, std::array{Var{}}), Error);
  CHECK_THROWS_AS(graph.leaf_name((x + x).id()), Error);
  CHECK_THROWS_AS(graph.add(nullptr, std::array{x}), Error);
  CHECK_THROWS_AS(apply_op(nullptr, std::array{x}), Error);
  CHECK_THROWS_AS(Random(1).below(0), ValueError);
  CHECK_THROWS_AS(set_threads(INT32_MAX), ValueError);
}

TEST_CASE("graph: shapes refuse what they cannot hold", "[graph]") {
  CHECK_THROWS_AS((Shape{2, rows}), ShapeError);
  CHECK_THROWS_AS((Shape{-2}), ShapeError);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1}), ShapeError);
  CHECK_THROWS_WITH((Shape{int64_t{1} << 32, int64_t{1} << 30}),
                    "shape: [4294967296, 1073741824] has too many elements");
  CHECK((Shape{rows, 32}).str() == "[rows, 32]");
  CHECK_THROWS_AS(Tensor(DType::f32, {rows, 2}), ShapeError);
}

}  // namespace
}  // namespace reel
