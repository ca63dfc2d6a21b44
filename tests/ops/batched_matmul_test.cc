// Products of batches: what they read, and deep ones.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

TEST_CASE("batched products read matrices as they lay before they were transposed", "[ops]") {
  Tape tape;
  const Var q = tape.input({rows, 2, 5, 3}), k = tape.input({rows, 2, 4, 3});
  const Var scores = matmul(q, swapaxes(k, -1, -2));
  CHECK(scores.shape() == Shape{rows, 2, 5, 4});
  CHECK(scores == matmul_nt(q, k));
  CHECK(matmul(swapaxes(scores, 2, 3), q) == matmul(transpose(scores, {0, 1, 3, 2}), q));
  CHECK(tape.graph().node(matmul(swapaxes(scores, 2, 3), q)).inputs[0] == scores.id());
  CHECK(matmul_nt(q, swapaxes(swapaxes(k, 2, 3), 2, 3)) == scores);
}

TEST_CASE("ops that need memory of their own are folded, too", "[ops]") {
  Tape tape;
  const Var a = tape.constant(Tensor::of<float>({1, 2, 2}, {1, 2, 3, 4}));
  const Tensor c = tape.compile({matmul_nt(a, a), argsort(a, -1, true)}).run({})[0];
  CHECK(c.at(0) == 5);
  CHECK(c.at(1) == 11);
  CHECK(c.at(3) == 25);
}

/// Deeper than a part along k, wider than a panel, and with rows that are no multiple of a block's.
TEST_CASE("batched products have the bits of a product with one matrix, for any number of threads", "[ops][threads]") {
  const Tensor a = Tensor::randn({40, 13, 600}, 1), b = Tensor::randn({600, 70}, 2);
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    Tape tape;
    const Var x = tape.input({rows, 13, 600}), y = tape.input({rows, 600, 70}), w = tape.parameter(b);
    const Tensor expected = tape.compile(Targets{.outputs = {matmul(x, w)}, .inputs = {x}}).run({a})[0];
    const Tensor each = value_of(broadcast_to(w, {40, 600, 70}));
    const auto copied = [](Var v) { return 1.0 * swapaxes(v, 1, 2); };  // and so not read as it lay before
    for (const int count : {1, 3}) {
      const WithThreads with(count);
      const std::vector<Tensor> made =
          tape.compile({matmul(x, y), matmul_nt(x, copied(y)), matmul(swapaxes(copied(x), 1, 2), y),
                        matmul_nt(swapaxes(copied(x), 1, 2), copied(y)), matmul(x, reshape(w, {1, 600, 70}))})
              .run({a, each});
      for (const Tensor& c : made) CHECK(same_bits(c, expected));
    }
  }
}

}  // namespace
}  // namespace reel::testing
