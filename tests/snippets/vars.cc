// What someone who knows keras.ops and GradientTape types with Vars and tapes: see tensors.cc.
#include <catch2/catch.hpp>
#include <vector>

#include "reel/reel.h"
#include "snippets/values.h"

using namespace std;
using namespace reel;
using namespace snippets;

namespace {

TEST_CASE("keras.ops of Vars", "[snippets]") {
  Tape tape;
  const Var x = tape.input({rows, 3}), ids = tape.input({rows}, DType::i32);
  const Var positive = maximum(x, 0.0), chosen = where(x > 0.0, x, 0.0);
  const Var mixed = pow(x, 2.0) + sin(x) * cos(x) + clip(x, -1, 1) + round(x) + floor(x) + x % 2.0;
  const Var ordered = sort(x) + cumsum(x) + cast(argsort(x), DType::f32);
  const Var next = ids + 1.0, doubled = ids * 2.0;
  const vector<Tensor> all =
      tape.compile({positive, chosen, mixed, ordered, next, doubled, logsumexp(x, 1), norm(x, 2, 1), sum(x, {0, 1}),
                    transpose(reshape(x, {rows, 3, 1}), {0, 2, 1})})
          .run({Tensor::of({{1.0f, -2.0f, 3.0f}}), Tensor::of({4})});
  CHECK(all[0].to_vector<float>() == all[1].to_vector<float>());
  CHECK(all[4].item() == 5);
  CHECK(all[8].item() == 2);
}

TEST_CASE("a tape, as GradientTape", "[snippets]") {
  Tape tape;
  const Var w = tape.parameter(Tensor::of({2.0f, 3.0f}));
  const Var loss = sum(square(w) * 3.0);
  const Tensor gradient = tape.compile({tape.gradient(loss, w)}).run({})[0];
  CHECK(gradient.to_vector<float>() == vector<float>{12, 18});
}

TEST_CASE("one's own training step", "[snippets]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), y = tape.input({rows, 1});
  const Var w = tape.parameter(Tensor::zeros({2, 1}), "w"), b = tape.parameter(Tensor::zeros({1}), "b");
  Trainer trainer(tape, {w, b}, mean(square(matmul(x, w) + b - y)), Adam(0.1));
  const Tensor points = kPoints, targets = Tensor::of({{0.0f}, {1.0f}, {1.0f}, {2.0f}});
  const double first = trainer.step({points, targets});
  for (int i = 0; i < 300; ++i) trainer.step({points, targets});
  CHECK(trainer.step({points, targets}) < first / 100);
  CHECK(trainer.value(w).at(0) == Approx(1).margin(0.1));
}

}  // namespace
