// Programs: while one runs, nobody else uses it.
#include <catch2/catch.hpp>
#include <functional>
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

TEST_CASE("program: one that runs is refused to everybody, and free again afterwards", "[program][threads]") {
  std::function<void()> on_run = [] {};
  Tape tape;
  const Var x = tape.input({rows, 2});
  Program program = tape.compile({apply_op(std::make_shared<CallingOp>(on_run), std::array{x})}),
          other = tape.compile({.outputs = {2.0 * x}, .name = "double"});
  const Tensor one = Tensor::full({1, 2}, 1), three = Tensor::full({1, 2}, 3);
  const auto check_refused = [&] {
    CHECK_THROWS_WITH(program.run({three}), "run: \"program\" is running; one thread at a time may use a program");
    CHECK_THROWS_WITH(program.enable_profile(),
                      "enable_profile: \"program\" is running; one thread at a time may use a program");
    CHECK_THROWS_AS(program.stats(), Error);
    CHECK_THROWS_AS(program.profile(), Error);
    CHECK(other.run({three})[0].at(1) == 6);
  };
  on_run = check_refused;
  CHECK(program.run({one})[0].at(1) == 1);
  on_run = [&] { std::thread(check_refused).join(); };
  CHECK(program.run({one})[0].at(1) == 1);
  on_run = [] { throw std::runtime_error("mine"); };
  CHECK_THROWS_WITH(program.run({one}), Catch::Contains("mine"));
  CHECK_THROWS_AS(program.run({Tensor::zeros({1, 3})}), ShapeError);
  on_run = [] {};
  CHECK(program.run({three})[0].at(1) == 3);
}

}  // namespace
}  // namespace reel
