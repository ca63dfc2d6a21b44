// Programs: guards, assignments, inputs and outputs.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "graph/interpreter.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/run/program.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("program: a guard that is not finite stops every assignment and names the op", "[program]") {
  for (const bool packed : {false, true}) {
    Tape tape;
    const int64_t units = packed ? 32 : 3;
    const Tensor weights = Tensor::full({2, units}, 0.5), decay = Tensor::full({units}, 1.0);
    const Var x = tape.input({rows, 2}), w = tape.parameter(weights, "kernel"), d = tape.parameter(decay, "decay");
    Var root;
    {
      const Graph::Scope scope(tape.graph(), "dense_2");
      root = sqrt(matmul(x, w));
    }
    const Var loss = mean(root);
    // The second does not depend on the loss, and must wait for it all the same.
    Program step = tape.compile(Targets{
        .outputs = {loss}, .assignments = {{w, w - 0.1 * tape.gradient(loss, w)}, {d, d * 0.5}}, .guard = loss});
    CHECK(step.run({Tensor::full({40, 2}, 1)})[0].item() == Approx(1));
    CHECK(decay.at(0) == 0.5);
    const Tensor kept = weights.clone();
    Tensor bad = Tensor::full({40, 2}, 1);
    bad.data<float>()[2 * 37] = -9;
    const std::string type = "f32[rows, " + std::to_string(units) + "]";
    for (const int count : {1, 2}) {
      const WithThreads with(count);
      CHECK_THROWS_WITH(step.run({bad}), "sqrt is the first to leave the finite numbers: " + type +
                                             " has a NaN in row 37 of the batch, in layer \"dense_2\"");
      CHECK(same_bits(weights, kept));
      CHECK(decay.at(0) == 0.5);
    }
    CHECK_NOTHROW(step.run({Tensor::full({40, 2}, 1)}));
    CHECK(decay.at(0) == 0.25);
  }
}

TEST_CASE("program: the row is told of a value that lies in the rows of another, too", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), w = tape.parameter(Tensor::ones({2, 6}), "kernel");
  const std::vector<Var> gates = split(matmul(x, w), 2);
  const Var loss = mean(tanh(log(gates[1]) * sigmoid(gates[0])));
  Program step = tape.compile(Targets{.outputs = {loss}, .guard = loss});  // with a gradient, it would be kept
  for (const int64_t row : {1, 20, 37}) {
    Tensor data = Tensor::full({40, 2}, 1);
    data.data<float>()[static_cast<size_t>(2 * row)] = -9;
    CHECK_THROWS_WITH(step.run({data}), "log is the first to leave the finite numbers: f32[rows, 3] has a NaN in row " +
                                            std::to_string(row) + " of the batch");
  }
}

TEST_CASE("program: what is not finite from the start is said so", "[program]") {
  Tape tape;
  const Tensor weights = Tensor::full({2, 1}, 1);
  const Var x = tape.input({rows, 2}, DType::f32, "images"), w = tape.parameter(weights, "kernel");
  const Var loss = mean(matmul(x, w));
  Program step = tape.compile(Targets{.outputs = {loss}, .guard = loss});
  CHECK_THROWS_WITH(step.run({Tensor::full({2, 2}, kNan)}),
                    "input \"images\" f32[2, 2] holds a value that is not finite");
  Tensor(weights).data<float>()[1] = kNan;
  CHECK_THROWS_WITH(step.run({Tensor::full({2, 2}, 1)}),
                    "parameter \"kernel\" f32[2, 1] holds a value that is not finite");
}

TEST_CASE("program: inputs that do not fit are refused with name and shapes", "[program]") {
  Tape tape;
  const Var a = tape.input({rows, 2}, DType::f32, "left"), b = tape.input({rows, 2}, DType::f32, "right");
  Program program = tape.compile({a + b});
  const Tensor fits = Tensor::zeros({3, 2});
  CHECK_THROWS_WITH(program.run({fits}), "run: takes 2 inputs, got 1");
  CHECK_THROWS_WITH(program.run({fits, Tensor::zeros({3, 4})}),
                    "run: input \"right\" must be f32[rows, 2], got f32[3, 4]");
  CHECK_THROWS_WITH(program.run({fits, Tensor::zeros({3, 2}, DType::f64)}),
                    "run: input \"right\" must be f32[rows, 2], got f64[3, 2]");
  CHECK_THROWS_WITH(program.run({fits, Tensor::zeros({4, 2})}),
                    "run: inputs differ in rows, 3 before \"right\" which has 4");
  CHECK_THROWS_WITH(program.run({Tensor{}, fits}), "run: input \"left\" is empty, expected f32[rows, 2]");
  CHECK_THROWS_AS(program.run({Tensor::zeros({0, 2}), Tensor::zeros({0, 2})}), ShapeError);
  CHECK_NOTHROW(program.run({fits, fits}));
  CHECK_THROWS_WITH(Program().run(), "run: the program is empty");
}

TEST_CASE("program: an input that the list leaves out is found when compiling", "[program]") {
  Tape tape;
  const Var a = tape.input({rows, 2}, DType::f32, "left"), b = tape.input({rows, 2}, DType::f32, "right");
  CHECK_THROWS_WITH(tape.compile(Targets{.outputs = {a + b}, .inputs = {a}}),
                    "compile: the outputs need input \"right\", which is not among the inputs");
  CHECK_THROWS_AS(value_of(a), Error);
  // More than is needed is fine, in any order.
  Program program = tape.compile(Targets{.outputs = {a * 2.0}, .inputs = {b, a}});
  CHECK(program.run({Tensor::full({1, 2}, 5), Tensor::full({1, 2}, 1)})[0].at(0) == 2);
}

TEST_CASE("program: targets that make no sense are refused", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), w = tape.parameter(Tensor::zeros({2}), "bias");
  const Var loss = mean(x * w);
  CHECK_THROWS_WITH(tape.compile(Targets{.assignments = {{x, x}}}), "compile: only a parameter can be assigned to");
  CHECK_THROWS_WITH(tape.compile(Targets{.assignments = {{w, loss}}}),
                    "compile: parameter \"bias\" f32[2] cannot take f32[]");
  CHECK_THROWS_AS(tape.compile(Targets{.outputs = {x}, .guard = x}), ShapeError);
}

TEST_CASE("program: outputs that the caller holds are left alone by the next run", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), w = tape.parameter(Tensor::full({2}, 1));
  const Var outputs[] = {x * w, sum_rows(x), x, w, tape.constant(3.0), mean(x)};
  Program program = tape.compile({outputs, outputs + 6});
  const std::vector<Tensor> held = program.run({Tensor::full({4, 2}, 1)});
  std::vector<Tensor> copies;
  for (const Tensor& tensor : held) copies.push_back(tensor.clone());
  Tensor(tape.graph().node(w).value).data<float>()[0] = 7;
  const std::vector<Tensor> next = program.run({Tensor::full({4, 2}, 2)});
  for (size_t i = 0; i < held.size(); ++i) CHECK(same_bits(held[i], copies[i]));
  CHECK(next[0].at(0) == 14);
  // What nobody holds is used again.
  std::vector<Tensor> dropped = program.run({Tensor::full({4, 2}, 2)});
  const std::byte* memory = dropped[0].raw();
  dropped.clear();
  CHECK(program.run({Tensor::full({4, 2}, 2)})[0].raw() == memory);
}

TEST_CASE("program: an output may be the next run's input", "[program]") {
  Tape tape;
  Program program = tape.compile({tape.input({rows, 2}) * 2.0});
  Tensor x = Tensor::full({3, 2}, 1);
  for (int i = 0; i < 5; ++i) x = program.run({x})[0];
  CHECK(x.at(5) == 32);
}

TEST_CASE("program: inputs and outputs may be one vector, which iterates a map", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), y = tape.input({}), picked = tape.input({});
  Program program = tape.compile(
      Targets{.outputs = {x + x, y * 3.0, y}, .guard = y, .inputs = {x, y, picked}});  // the last is read by none
  std::vector<Tensor> state{Tensor::ones({3, 2}), Tensor::scalar(1), Tensor::scalar(0)};
  for (int i = 0; i < 10; ++i) program.run(state, state);
  REQUIRE(state.size() == 3);
  for (int i = 0; i < 6; ++i) CHECK(state[0].at(i) == 1024);
  CHECK(state[1].item() == 59049);
  CHECK(state[2].item() == 19683);
  // What stood there before an error stays, if the inputs do not fit.
  state[1] = Tensor::zeros({2});
  CHECK_THROWS_AS(program.run(state, state), ShapeError);
  CHECK(state[0].at(5) == 1024);
  state[1] = Tensor::scalar(kNan);
  CHECK_THROWS_WITH(program.run(state, state), "input \"input\" f32[] holds a value that is not finite");
}

TEST_CASE("program: an input that nothing reads is not blamed for what is not finite", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 2}, DType::f32, "read"), unread = tape.input({}, DType::f32, "unread");
  const Var loss = mean(sqrt(x));
  Program step = tape.compile(Targets{.outputs = {loss}, .guard = loss, .inputs = {x, unread}});
  CHECK_THROWS_WITH(step.run({Tensor::full({1, 2}, -1), Tensor::scalar(kNan)}),
                    Catch::Matchers::StartsWith("sqrt is the first to leave the finite numbers"));
}

TEST_CASE("program: outputs are values of before the assignments", "[program]") {
  Tape tape;
  const Tensor weights = Tensor::full({3}, 1);
  const Var w = tape.parameter(weights), next = w + 1.0;
  Program program = tape.compile(Targets{.outputs = {w, next, w * 10.0}, .assignments = {{w, next}}});
  const auto out = program.run();
  CHECK(out[0].at(0) == 1);
  CHECK(out[1].at(0) == 2);
  CHECK(out[2].at(0) == 10);
  CHECK(weights.at(0) == 2);
  const Tensor held = out[1];
  program.run();
  CHECK(weights.at(0) == 3);
  CHECK(held.at(0) == 2);
}

TEST_CASE("program: assignments happen at once, whatever reads what", "[program]") {
  Tape tape;
  const Tensor a_values = Tensor::full({3}, 1), b_values = Tensor::full({3}, 2), c_values = Tensor::full({3}, 3);
  const Var a = tape.parameter(a_values), b = tape.parameter(b_values), c = tape.parameter(c_values);
  SECTION("two exchange their values") {
    tape.compile(Targets{.assignments = {{a, b}, {b, a}}}).run();
    CHECK(a_values.at(0) == 2);
    CHECK(b_values.at(0) == 1);
  }
  SECTION("one takes the old value of another that is computed in place") {
    tape.compile(Targets{.assignments = {{a, a + 10.0}, {b, a}}}).run();
    CHECK(a_values.at(0) == 11);
    CHECK(b_values.at(0) == 1);
  }
  SECTION("each is computed from the others") {
    tape.compile(Targets{.assignments = {{a, a + b}, {b, b * c}, {c, c - a}}}).run();
    CHECK(a_values.at(0) == 3);
    CHECK(b_values.at(0) == 6);
    CHECK(c_values.at(0) == 2);
  }
  SECTION("one value goes to two") {
    const Var sum = a + b;
    tape.compile(Targets{.assignments = {{a, sum}, {c, sum}}}).run();
    CHECK(a_values.at(0) == 3);
    CHECK(c_values.at(0) == 3);
  }
}

TEST_CASE("program: a parameter that is read whole after its update row by row is copied", "[program]") {
  Tape tape;
  const Tensor values = Tensor::randn({40, 40}, 1), old = values.clone();
  const Var w = tape.parameter(values);
  const Var next = w - 0.1 * tanh(matmul(w, transpose(w)));
  Program program = tape.compile(Targets{.outputs = {sum(square(matmul(w, w)))}, .assignments = {{w, next}}});
  const double before = program.run()[0].item();
  Tape fresh;
  const Var v = fresh.parameter(old);
  CHECK(before == value_of(sum(square(matmul(v, v)))).item());
  CHECK(same_bits(values, value_of(v - 0.1 * tanh(matmul(v, transpose(v))))));
}

TEST_CASE("program: a program is itself again after an op has thrown", "[program]") {
  Tape tape;
  const Var ids = tape.input({rows, 2}, DType::i32);
  const Tensor table = Tensor::full({5, 40}, 1);
  const Var t = tape.parameter(table), loss = mean(square(gather(t, ids)));
  Program step =
      tape.compile(Targets{.outputs = {loss}, .assignments = {{t, t - 0.1 * tape.gradient(loss, t)}}, .guard = loss});
  Tensor good = Tensor::zeros({300, 2}, DType::i32), bad = good.clone();
  bad.data<int32_t>()[401] = 77;
  for (const int count : {1, 5}) {
    const WithThreads with(count);
    const Tensor kept = table.clone();
    CHECK_THROWS_AS(step.run({bad}), ValueError);
    CHECK(same_bits(table, kept));
    CHECK_NOTHROW(step.run({good}));
  }
}

TEST_CASE("program: stats tell stages and memory", "[program]") {
  Tape tape;
  const Var x = tape.input({rows, 8}), w = tape.parameter(Tensor::zeros({8, 8}));
  const Var loss = mean(square(tanh(matmul(x, w))));
  Program step = tape.compile({loss, tape.gradient(loss, w)});
  CHECK(step.stats().nodes > 8);
  CHECK(step.stats().stages >= 2);
  CHECK(step.stats().arena_bytes > 0);
  step.run({Tensor::zeros({50, 8})});
  CHECK(step.stats().buffer_bytes < 50 * 8 * sizeof(float));  // nothing of the batch's size is kept
}

TEST_CASE("program: a guard that passes let read the assigned value is computed before anything is assigned",
          "[program]") {
  Tape tape;
  const Tensor weights = Tensor::full({2, 2}, 0.5);
  const Var table = tape.parameter(weights), ids = tape.input({rows, 3}, DType::i32), x = tape.input({});
  const Var guard = sum(tanh(gather(table, ids))) / x;  // hoisted: of tanh(table), which is assigned below
  const Var value = tanh(table);
  Program step = tape.compile(Targets{.assignments = {{table, value}}, .guard = guard});
  const Tensor picks = Tensor::zeros({4, 3}, DType::i32);
  step.run({picks, Tensor::scalar(1)});
  const double after = std::tanh(0.5);
  CHECK(weights.at(0) == Approx(after));
  CHECK_THROWS_AS(step.run({picks, Tensor::scalar(0)}), NumericError);
  CHECK(weights.at(0) == Approx(after));
}

TEST_CASE("program: a guarded value that is not finite is not assigned, nor is any other, and its parameter is named",
          "[program]") {
  for (const int64_t units : {2, 100}) {  // all of it at once, and by tiles of rows
    INFO(units << " units");
    Tape tape;
    const Tensor count = Tensor::scalar(0), kernel = Tensor::full({60, units}, 1), bias = Tensor::full({units}, 1);
    const Var n = tape.parameter(count, "count"), w = tape.parameter(kernel, "kernel"),
              b = tape.parameter(bias, "bias"), scale = tape.input({}, DType::f32, "scale");
    const Var growing = w * scale * tape.constant(1e30);  // the guard is finite, whatever becomes of this
    Program step = tape.compile(
        Targets{.outputs = {sum(w)}, .assignments = {{n, n + 1.0}, {b, b * 2.0}, {w, growing}}, .guard = scale});
    Tensor(kernel).data<float>()[59] = 2;
    CHECK(step.run({Tensor::scalar(1)})[0].item() == static_cast<float>(60 * units + 1));
    CHECK(kernel.at(59) == 2e30f);
    for (const int threads : {1, 2}) {
      const WithThreads with(threads);
      const Tensor before = kernel.clone();
      CHECK_THROWS_WITH(step.run({Tensor::scalar(2.5e-22)}),
                        "parameter \"kernel\" f32[60, " + std::to_string(units) +
                            "] would become inf at element 59, so nothing is assigned");
      CHECK(count.item() == 1);
      CHECK(bias.at(0) == 2);
      CHECK(same_bits(kernel, before));
    }
    step.run({Tensor::scalar(1e-30)});
    CHECK(count.item() == 2);
    CHECK(kernel.at(59) == Approx(2e30));
  }
}

TEST_CASE("program: below a limit of the guard, assigned values are trusted and made in place", "[program]") {
  Tape tape;
  const Shape shape{60, 100};
  const Tensor kernel = Tensor::full(shape, 1), most = Tensor::scalar(10);
  const Var w = tape.parameter(kernel, "kernel"), limit = tape.parameter(most), scale = tape.input({});
  Program step = tape.compile(Targets{.assignments = {{w, w * (scale * 1e37)}}, .guard = scale, .guard_limit = limit});
  step.run({Tensor::scalar(1e-37)});
  const size_t bytes = step.stats().buffer_bytes;
  CHECK_THROWS_AS(step.run({Tensor::scalar(100)}), NumericError);
  CHECK(step.stats().buffer_bytes == bytes + Tensor(kernel).bytes());
  CHECK(kernel.at(0) == Approx(1));
  Tensor(most).data<float>()[0] = 200;  // which promises too much
  step.run({Tensor::scalar(100)});
  CHECK(std::isinf(kernel.at(0)));
  CHECK_THROWS_WITH(tape.compile(Targets{.guard = scale, .guard_limit = scale * 2.0}),
                    "compile: the guard's limit must be a parameter of the guard's type, a float, got f32[] for f32[]");
  CHECK_THROWS_WITH(
      tape.compile(Targets{.guard_limit = limit}),
      "compile: the guard's limit must be a parameter of the guard's type, a float, got f32[] for no guard");
}

TEST_CASE("program: targets that contradict themselves are refused", "[program]") {
  Tape tape;
  const Var w = tape.parameter(Tensor::zeros({2}), "kernel"), x = tape.input({rows, 2});
  CHECK_THROWS_WITH(tape.compile(Targets{.assignments = {{w, w + 1.0}, {w, w * 2.0}}}),
                    "compile: parameter \"kernel\" is assigned to twice");
  CHECK_THROWS_WITH(tape.compile(Targets{.outputs = {x}, .inputs = {x * 2.0}}),
                    "compile: one of the inputs, f32[rows, 2], is not an input of the graph");
}

}  // namespace
}  // namespace reel::testing
