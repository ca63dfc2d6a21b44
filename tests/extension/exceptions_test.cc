// What code of an op from elsewhere throws is told with the op and its place in the model.
#include <catch2/catch.hpp>
#include <new>
#include <stdexcept>

#include "extension/made_op.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace mine {
namespace {

using Catch::Contains, Catch::Message, reel::rows, reel::Tensor;

template <class Exception>
std::function<void(const Block&)> throwing(Exception exception) {
  return [exception](const Block&) { throw exception; };
}

/// Runs an op in layer "dense_1" on so many rows.
void run_in_layer(Parts parts, int64_t row_count = 3) {
  reel::Tape tape;
  const Var x = tape.input({rows, 6});
  Var y;
  {
    const reel::Graph::Scope scope(tape.graph(), "dense_1");
    y = reel::apply_op(made(std::move(parts)), std::array{x});
  }
  tape.compile({y}).run({Tensor::zeros({row_count, 6})});
}

TEST_CASE("extension: what a kernel throws names op and layer", "[extension]") {
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(std::out_of_range("no word 9"))}), reel::Error,
                       Message("mine.made: no word 9, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(std::bad_alloc())}), reel::MemoryError,
                       Message("mine.made: not enough memory, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(reel::ValueError("made: no 9"))}), reel::ValueError,
                       Message("made: no 9, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(reel::DataError("made: no file"))}), reel::DataError,
                       Message("made: no file, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(reel::Error("made: 9"))}), reel::Error,
                       Message("made: 9, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(run_in_layer({.run = throwing(std::out_of_range("no word 9"))}, 5000), reel::Error,
                       Message("mine.made: no word 9, in layer \"dense_1\""));
}

TEST_CASE("extension: what a shape rule or a gradient throws names op and layer", "[extension]") {
  CHECK_THROWS_MATCHES(
      run_in_layer({.infer = [](std::span<const Type>) -> Type { throw std::invalid_argument("two axes, please"); }}),
      reel::Error, Message("mine.made: two axes, please, in layer \"dense_1\""));
  reel::Tape tape;
  const Var x = tape.input({rows, 6});
  const reel::Graph::Scope scope(tape.graph(), "dense_1");
  const auto differentiate = [&](Parts parts) {
    tape.gradient(sum(reel::apply_op(made(std::move(parts)), std::array{x})), x);
  };
  CHECK_THROWS_MATCHES(differentiate({.gradient = [](std::span<const Var>, Var, Var) -> std::vector<Var> {
                                        throw std::length_error("oh");
                                      },
                                      .attributes = "throws"}),
                       reel::Error, Message("mine.made: oh, in layer \"dense_1\""));
  CHECK_THROWS_MATCHES(differentiate({.gradient = {}}), reel::Error,
                       Message("mine.made: has no gradient, in layer \"dense_1\""));
}

/// Constants are computed when a program is compiled.
TEST_CASE("extension: what is computed of constants throws with its place, and has its scratch", "[extension]") {
  reel::Tape tape;
  const reel::Graph::Scope scope(tape.graph(), "dense_1");
  const Var constant = tape.constant(Tensor::full({2}, 3));
  const Var y = reel::apply_op(made({.run = throwing(std::out_of_range("no 9"))}), std::array{constant});
  CHECK_THROWS_MATCHES(tape.compile({y}), reel::Error, Message("mine.made: no 9, in layer \"dense_1\""));
  const Var z = reel::apply_op(made({.run =
                                         [](const Block& block) {
                                           block.scratch[63] = std::byte{1};
                                           twice(block);
                                         },
                                     .attributes = "with scratch",
                                     .scratch_bytes = 64}),
                               std::array{constant});
  CHECK(tape.compile({z}).run()[0].at(1) == 6);
}

TEST_CASE("extension: what a kernel throws in a model names its layer", "[extension]") {
  const auto activation = [](Var x) {
    return reel::apply_op(made({.run = throwing(std::out_of_range("no word 9"))}), std::array{x});
  };
  reel::Sequential model{reel::Input({2}), reel::Dense(3), reel::Dense(1, {.activation = activation})};
  CHECK_THROWS_WITH(model.predict(Tensor::zeros({4, 2})), Contains("mine.made: no word 9, in layer \"dense_1\""));
}

}  // namespace
}  // namespace mine
