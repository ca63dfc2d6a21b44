// Gradients of the ops of pairs, where each row has partners of its class and of the other.
#include <catch2/catch.hpp>

#include "reel/autodiff/check_gradients.h"
#include "reel/graph/tensor.h"
#include "reel/ops/ops.h"
#include "reel/ops/pairs.h"

namespace reel {
namespace {

TEST_CASE("ops: gradients of circle_terms against differences", "[ops]") {
  const Tensor x = Tensor::uniform({6, 3}, -0.7, 0.7, 1, DType::f64);
  const Tensor labels = Tensor::of<int32_t>({6}, {0, 1, 0, 1, 1, 0});
  for (const bool remove_diagonal : {true, false}) {
    const CircleOptions circle{.gamma = 0.5, .margin = 0.25, .remove_diagonal = remove_diagonal};
    const GradientCheck check = check_gradients(
        [&](Tape&, std::span<const Var> v) { return cast(circle_terms(v[0], v[1], circle), DType::f64); }, {x, labels},
        {.order = 1, .directions = 4});
    INFO(check.message);
    CHECK(static_cast<bool>(check));
    CHECK(check.analytic != 0);
  }
}

}  // namespace
}  // namespace reel
