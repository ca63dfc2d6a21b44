// Losses and gradients that sum very many numbers, against what they come to exactly.
#include <catch2/catch.hpp>

#include "reel/autodiff/tape.h"
#include "reel/models/losses/loss.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

TEST_CASE("long sums: mean errors over long rows", "[long_sums]") {
  Tape tape;
  const Var predicted = tape.input({rows, 278528}), target = tape.input({rows, 278528});
  const Var squared = mean(MeanSquaredError{}(target, predicted)),
            absolute = mean(MeanAbsoluteError{}(target, predicted));
  Program program = tape.compile({.outputs = {squared, absolute}, .inputs = {predicted, target}});
  const double error = static_cast<double>(0.1f);
  const std::vector<Tensor> means = program.run({Tensor::full({5, 278528}, 0.1), Tensor::zeros({5, 278528})});
  CHECK(means[0].item() == Approx(error * error).epsilon(1e-6));
  CHECK(means[1].item() == Approx(error).epsilon(1e-6));
}

TEST_CASE("long sums: the gradient of one word, a million times", "[long_sums]") {
  constexpr int64_t kTimes = 1000000;
  for (const Shape& ids : {Shape{1, kTimes}, Shape{1000, kTimes / 1000}}) {
    Tape tape;
    const Var table = tape.parameter(Tensor::zeros({4, 2})), words = tape.input({rows, ids[1]}, DType::i32);
    const Var gradient = tape.gradient(0.1 * sum(gather(table, words)), table);
    Program program = tape.compile({.outputs = {gradient}, .inputs = {words}});
    const Tensor found = program.run({Tensor::full(ids, 3, DType::i32)})[0];
    CHECK(found.at(7) == Approx(static_cast<double>(0.1f) * kTimes).epsilon(1e-6));
    CHECK(found.at(0) == 0);
  }
}

}  // namespace
}  // namespace reel
