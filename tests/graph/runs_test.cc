// Runs of one program: as many at once as threads ask for, each in memory of its own, and parameters as whole runs
// leave them.
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/op.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Copies its input, and calls a function.
class CallingOp final : public Op {
 public:
  explicit CallingOp(const std::function<void()>& on_run) : on_run_(on_run) {}
  std::string_view name() const override { return "calling"; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override {
    on_run_();
    std::copy_n(block.in<float>(0), block.rows * block.type->shape.row_size(), block.out<float>());
  }

 private:
  const std::function<void()>& on_run_;
};

/// A function for runs, of which only the first calls `f`; the others are runs that `f` makes.
std::function<void()> once(std::function<void()> f) {
  return [f = std::move(f), is_first = std::make_shared<std::atomic<bool>>(true)] {
    if (is_first->exchange(false)) f();
  };
}

Var calling(const std::function<void()>& on_run, Var x) {
  return apply_op(std::make_shared<CallingOp>(on_run), std::array{x});
}

TEST_CASE("program: it can be run while it runs, by any thread", "[program][threads]") {
  std::function<void()> on_run = [] {};
  Tape tape;
  const Var x = tape.input({rows, 2});
  Program program = tape.compile({calling(on_run, x)});
  const Tensor one = Tensor::full({1, 2}, 1), three = Tensor::full({1, 2}, 3);
  const auto run_inside = [&] {
    CHECK(program.run({three})[0].at(1) == 3);
    CHECK(program.stats().nodes == 1);
    program.enable_profile();
    CHECK(program.profile().runs == 0);
  };
  on_run = once(run_inside);
  CHECK(program.run({one})[0].at(1) == 1);
  on_run = once([&] { std::thread(run_inside).join(); });
  CHECK(program.run({one})[0].at(1) == 1);
  on_run = [] { throw std::runtime_error("mine"); };
  CHECK_THROWS_WITH(program.run({one}), Catch::Contains("mine"));
  CHECK_THROWS_AS(program.run({Tensor::zeros({1, 3})}), ShapeError);
  on_run = [] {};
  CHECK(program.run({three})[0].at(1) == 3);
}

TEST_CASE("program: copies are the same program, and need no tape", "[program]") {
  std::optional<Tape> tape(std::in_place);
  const Tensor w = Tensor::full({2}, 2);
  const Var x = tape->input({rows, 2});
  Program program = tape->compile({x * tape->parameter(w)}), copy = program;
  tape.reset();
  CHECK(copy.run({Tensor::full({1, 2}, 3)})[0].at(1) == 6);
  program.enable_profile();
  copy.run({Tensor::full({1, 2}, 3)});
  CHECK(program.profile().runs == 1);
}

TEST_CASE("program: a profile adds up the runs of all threads", "[program][threads]") {
  std::function<void()> on_run = [] {};
  Tape tape;
  const Var x = tape.input({rows, 2});
  Program program = tape.compile({calling(on_run, x)});
  const Tensor one = Tensor::full({1, 2}, 1);
  program.enable_profile();
  on_run = once([&] { std::thread([&] { program.run({one}); }).join(); });
  program.run({one});
  const Profile profile = program.profile();
  CHECK(profile.runs == 2);
  REQUIRE(profile.ops.size() == 1);
  CHECK(profile.ops[0].calls == 2);
  CHECK(profile.ops[0].nodes == 1);
  program.enable_profile();
  CHECK(program.profile().runs == 0);
}

/// w and v go from one power of two to the next.
struct Doubling {
  Tensor w = Tensor::full({4096}, 1), v = Tensor::full({64, 64}, 1);
  Program step, read;

  Doubling() {
    Tape tape;
    const Var a = tape.parameter(w), b = tape.parameter(v);
    step = tape.compile(Targets{.assignments = {{a, a + a}, {b, b + b}}});
    read = tape.compile(Targets{.outputs = {a, b}});
  }
};

bool is_of_one_step(const std::vector<Tensor>& read) {
  for (const Tensor& tensor : read) {
    for (const float value : tensor.data<float>()) {
      if (value != read[0].at(0)) return false;
    }
  }
  return true;
}

TEST_CASE("program: a run sees parameters as whole runs have left them", "[program][threads]") {
  Doubling doubling;
  std::atomic<bool> is_over = false;
  std::atomic<int> torn = 0, reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!is_over) torn += !is_of_one_step(doubling.read.run()), ++reads;
    });
  }
  while (reads < 2) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) doubling.step.run();
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(doubling.w.at(7) == 0x1p100f);
  CHECK(doubling.v.at(7) == 0x1p100f);
}

TEST_CASE("program: runs that assign what the others read come one after the other", "[program][threads]") {
  const Tensor w = Tensor::full({1000}, 1), v = Tensor::full({1000}, 1);
  Tape tape;
  const Var a = tape.parameter(w), b = tape.parameter(v);
  const Program first = tape.compile(Targets{.assignments = {{a, 2.0 * b}}}),
                second = tape.compile(Targets{.assignments = {{b, 0.5 * a}}}),
                both = tape.compile(Targets{.assignments = {{a, b}, {b, a}}});
  std::vector<std::thread> threads;
  for (const Program& program : {first, second, both}) {
    threads.emplace_back([program] {
      for (int i = 0; i < 300; ++i) program.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int64_t i = 1; i < 1000; ++i) CHECK((w.at(i) == w.at(0) && v.at(i) == v.at(0)));
}

TEST_CASE("program: one that would wait for the run that it is in throws", "[program]") {
  std::function<void()> on_run = [] {};
  Tape tape;
  const Tensor w = Tensor::full({1, 2}, 1);
  const Var p = tape.parameter(w);
  const Program reads = tape.compile({calling(on_run, p)}),
                assigns = tape.compile(Targets{.assignments = {{p, p + p}}});
  on_run = [&] {
    CHECK_THROWS_WITH(assigns.run(),
                      "run: a program was run inside of another, of which one assigns to parameters "
                      "that the other reads");
  };
  CHECK(reads.run()[0].at(0) == 1);
  assigns.run();
  CHECK(w.at(0) == 2);
}

}  // namespace
}  // namespace reel
