// An optimizer written elsewhere: it has a config, slots that begin as it says, and trains a model.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/testing/check_optimizer.h"
#include "reel/reel.h"

namespace mine {

/// Resilient propagation (Riedmiller and Braun 1993): each weight has a step of its own, which grows while its gradient
/// keeps its sign, and shrinks where that changes.
struct Rprop {
  reel::LearningRate learning_rate = 0.01;  // the first step
  double grow = 1.2, shrink = 0.5;
  reel::OptimizerOptions options = {};
  static constexpr std::string_view class_name = "mine>Rprop";
  void fields(reel::Fields& f) {
    f("grow", grow);
    f("shrink", shrink);
  }
  std::vector<reel::OptimizerNumber> numbers() const {
    return {{"grow", grow, reel::NumberRange::not_negative}, {"shrink", shrink, reel::NumberRange::share}};
  }
  std::vector<reel::Slot> slots(const reel::Shape& weight) const { return {{"step", weight, 1}, {"sign", weight}}; }
  std::vector<reel::Var> update(reel::Var w, reel::Var g, std::span<const reel::Var> slots,
                                std::span<const reel::Var> scalars) const {
    const reel::Var sign = reel::sign(g), agrees = sign * slots[1], zero = w.graph().constant(0, w.dtype());
    const reel::Var step =
        where(greater(agrees, zero), slots[0] * grow, where(greater(zero, agrees), slots[0] * shrink, slots[0]));
    return {w - sign * step * scalars[0], step, sign};
  }
};

}  // namespace mine

namespace reel {
namespace {

TEST_CASE("extension: an optimizer in twenty lines has a config", "[extension][describe]") {
  register_optimizer<mine::Rprop>();
  const Optimizer made = mine::Rprop{.grow = 1.5, .options = {.clipvalue = 2}};
  const Optimizer read = Optimizer::from_config(made.config());
  CHECK(read.config().str() == made.config().str());
  CHECK(read.name() == "rprop");
  CHECK_THAT(read.config().str(), Catch::Contains(R"("grow":1.5,"shrink":0.5},"registered_name":"mine>Rprop"})"));
  CHECK_THROWS_WITH(Optimizer::from_config(Config::parse(R"({"class_name": "mine>Rprop", "config": {"grw": 2}})")),
                    Catch::Contains("mine>Rprop: \"grw\" is not known"));
}

TEST_CASE("extension: an optimizer from elsewhere is checked as ours are", "[extension]") {
  register_optimizer<mine::Rprop>();
  CHECK_NOTHROW(check_optimizer(mine::Rprop{.grow = 1.5}));
}

/// A line through the origin, trained from the slope 1 to 0 on the row (1, 0), whose gradient has the slope's sign.
TEST_CASE("extension: it trains a model, by its equations", "[extension]") {
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = mine::Rprop{.learning_rate = 0.25}});
  double w = 1, step = 1, last = 0;
  for (int i = 0; i < 8; ++i) {
    model.train_on_batch(Tensor::full({1, 1}, 1), Tensor::zeros({1, 1}));
    const double sign = w > 0 ? 1 : w < 0 ? -1 : 0;
    step *= sign * last > 0 ? 1.2 : sign * last < 0 ? 0.5 : 1;
    last = sign;
    w -= 0.25 * step * sign;
    CHECK(model.weights()[0].second.item() == Approx(w).epsilon(1e-5).margin(1e-6));
  }
}

}  // namespace
}  // namespace reel
