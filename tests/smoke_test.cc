// Whole paths in a few milliseconds: run this one without thinking.
#include <catch2/catch.hpp>

#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/ops/ops.h"

using namespace reel;

TEST_CASE("a gradient by hand", "[smoke]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), w = tape.parameter(Tensor::of<float>({2, 1}, {0.5f, -1.0f}));
  const Var loss = mean(square(tanh(matmul(x, w))));
  const Var dw = tape.gradient(loss, w);
  Program step = tape.compile({loss, dw});
  const Tensor batch = Tensor::of<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto out = step.run({batch});
  double expected = 0, d0 = 0, d1 = 0;
  for (int r = 0; r < 3; ++r) {
    const double a = batch.at(2 * r), b = batch.at(2 * r + 1), t = std::tanh(0.5 * a - b);
    expected += t * t / 3;
    d0 += 2 * t * (1 - t * t) * a / 3;
    d1 += 2 * t * (1 - t * t) * b / 3;
  }
  CHECK(out[0].item() == Approx(expected));
  CHECK(out[1].at(0) == Approx(d0).margin(1e-6));
  CHECK(out[1].at(1) == Approx(d1).margin(1e-6));
}

TEST_CASE("an unrolled recurrence over gathered rows, cut into tiles", "[smoke]") {
  const auto build = [](Tape& tape, Var& loss, Var& dtable, Var& du) {
    const Var ids = tape.input({rows, 7}, DType::i32);
    const Var table = tape.parameter(Tensor::randn({11, 3}, 1, DType::f64)),
              w = tape.parameter(Tensor::randn({3, 4}, 2, DType::f64)),
              u = tape.parameter(Tensor::randn({4, 4}, 3, DType::f64));
    const Var x = gather(table, ids);
    Var h;
    for (int t = 0; t < 7; ++t) {
      const Var z = matmul(select(x, 1, t), w);
      h = tanh(h ? z + matmul(h, u) : z);
    }
    loss = mean(square(h));
    const Var wrt[] = {table, u};
    const auto d = tape.gradient(loss, wrt);
    dtable = d[0];
    du = d[1];
  };
  Tape tape;
  Var loss, dtable, du;
  build(tape, loss, dtable, du);
  Program step = tape.compile({loss, dtable, du});
  std::vector<int32_t> ids(70 * 7);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 7919 % 11);
  const Tensor x = Tensor::of<int32_t>({70, 7}, ids);
  const auto out = step.run({x});
  REQUIRE(std::isfinite(out[0].item()));
  // Central differences in one element of each.
  for (const auto& [index, grad] : {std::pair{1, 1}, std::pair{2, 2}}) {
    Tensor weight;
    int seen = 0;
    for (int32_t id = 0; id < tape.graph().size(); ++id) {
      if (tape.graph().node(id).leaf != Leaf::parameter) continue;
      if ((index == 1 && seen == 0) || (index == 2 && seen == 2)) weight = tape.graph().node(id).value;
      ++seen;
    }
    const double kept = weight.data<double>()[5], analytic = out[grad].at(5), step_size = 1e-6;
    weight.data<double>()[5] = kept + step_size;
    const double above = step.run({x})[0].item();
    weight.data<double>()[5] = kept - step_size;
    const double below = step.run({x})[0].item();
    weight.data<double>()[5] = kept;
    CHECK(analytic == Approx((above - below) / (2 * step_size)).epsilon(1e-6));
  }
}
