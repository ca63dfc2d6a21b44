// Schedules: rates by hand, configs; reel-golden compares them with Keras's.
#include "reel/models/schedules/learning_rate_schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "reel/graph/error.h"
#include "reel/models/schedules/learning_rate.h"

namespace reel {
namespace {

using Catch::Contains;

TEST_CASE("schedules: rates by hand", "[schedule]") {
  const ExponentialDecay exponential{.initial_learning_rate = 0.5, .decay_steps = 4, .decay_rate = 0.25};
  const ExponentialDecay stairs{.initial_learning_rate = 0.5, .decay_steps = 4, .decay_rate = 0.25, .staircase = true};
  const PiecewiseConstantDecay pieces{.boundaries = {3, 5}, .values = {1, 0.5, 0.125}};
  const PolynomialDecay polynomial{.initial_learning_rate = 1, .decay_steps = 8, .end_learning_rate = 0.25, .power = 2};
  const PolynomialDecay cycle{
      .initial_learning_rate = 1, .decay_steps = 8, .end_learning_rate = 0.25, .power = 2, .cycle = true};
  const InverseTimeDecay inverse{.initial_learning_rate = 2, .decay_steps = 4, .decay_rate = 0.5};
  for (int i = 0; i <= 20; ++i) {
    INFO("after " << i << " steps");
    CHECK(exponential(i) == Approx(0.5 * std::pow(0.25, i / 4.0)));
    CHECK(stairs(i) == Approx(0.5 * std::pow(0.25, i / 4)));
    CHECK(pieces(i) == (i <= 3 ? 1 : i <= 5 ? 0.5 : 0.125));
    CHECK(polynomial(i) == Approx(0.75 * std::pow(1 - std::min(i, 8) / 8.0, 2) + 0.25));
    const double length = i <= 8 ? 8 : i <= 16 ? 16 : 24;
    CHECK(cycle(i) == Approx(0.75 * std::pow(1 - i / length, 2) + 0.25));
    CHECK(inverse(i) == Approx(2 / (1 + 0.5 * i / 4)));
  }
}

double wave(double fraction) { return (1 + std::cos(std::numbers::pi * fraction)) / 2; }

TEST_CASE("schedules: cosines by hand, warmed up and restarted", "[schedule]") {
  const CosineDecay plain{.initial_learning_rate = 0.5, .decay_steps = 8, .alpha = 0.125};
  const CosineDecay warm{.initial_learning_rate = 0.25, .decay_steps = 8, .warmup_target = 1.0, .warmup_steps = 4};
  const CosineDecayRestarts same{.initial_learning_rate = 1, .first_decay_steps = 4, .t_mul = 1, .m_mul = 0.5};
  const CosineDecayRestarts longer{.initial_learning_rate = 1, .first_decay_steps = 4, .alpha = 0.25};
  for (int i = 0; i <= 27; ++i) {
    INFO("after " << i << " steps");
    CHECK(plain(i) == Approx(0.5 * (0.875 * wave(std::min(i, 8) / 8.0) + 0.125)));
    CHECK(warm(i) == Approx(i < 4 ? 0.25 + 0.75 * i / 4 : wave(std::min(i - 4, 8) / 8.0)).margin(1e-7));
    CHECK(same(i) == Approx(std::pow(0.5, i / 4) * wave(i % 4 / 4.0)).margin(1e-7));
    const int begin = i < 4 ? 0 : i < 12 ? 4 : 12;
    CHECK(longer(i) == Approx(0.75 * wave((i - begin) / (4.0 + begin)) + 0.25));
  }
  CHECK(plain(1'000'000'000'000) == Approx(0.0625));
}

TEST_CASE("schedules: configs are Keras's", "[schedule][describe]") {
  const auto of = [](const LearningRate& rate, const std::string& class_name, const std::string& config) {
    const std::string expected = R"({"module":"keras.optimizers.schedules","class_name":")" + class_name +
                                 R"(","config":)" + config + R"(,"registered_name":null})";
    CHECK(rate.config().str() == expected);
    const LearningRate read = LearningRate::from_config(Config::parse(expected));
    CHECK(read.config().str() == expected);
    CHECK(read.is_schedule());
    for (const int64_t i : {0, 3, 50}) CHECK(read.at(i) == rate.at(i));
  };
  of(ExponentialDecay{.initial_learning_rate = 0.1, .decay_steps = 6, .decay_rate = 0.5}, "ExponentialDecay",
     R"({"initial_learning_rate":0.1,"decay_steps":6,"decay_rate":0.5,"staircase":false,"name":"ExponentialDecay"})");
  of(PiecewiseConstantDecay{.boundaries = {3, 10}, .values = {0.1, 0.03, 0.005}}, "PiecewiseConstantDecay",
     R"({"boundaries":[3,10],"values":[0.1,0.03,0.005],"name":"PiecewiseConstant"})");
  of(PolynomialDecay{.initial_learning_rate = 0.1, .decay_steps = 12.5}, "PolynomialDecay",
     R"({"initial_learning_rate":0.1,"decay_steps":12.5,"end_learning_rate":0.0001,"power":1.0,"cycle":false,)"
     R"("name":"PolynomialDecay"})");
  of(InverseTimeDecay{.initial_learning_rate = 0.1, .decay_steps = 6, .decay_rate = 0.5}, "InverseTimeDecay",
     R"({"initial_learning_rate":0.1,"decay_steps":6,"decay_rate":0.5,"staircase":false,"name":"InverseTimeDecay"})");
  of(CosineDecay{.initial_learning_rate = 0.1, .decay_steps = 12}, "CosineDecay",
     R"({"initial_learning_rate":0.1,"decay_steps":12,"alpha":0.0,"name":"CosineDecay","warmup_target":null,)"
     R"("warmup_steps":0})");
  of(CosineDecayRestarts{.initial_learning_rate = 0.1, .first_decay_steps = 6}, "CosineDecayRestarts",
     R"({"initial_learning_rate":0.1,"first_decay_steps":6,"t_mul":2.0,"m_mul":1.0,"alpha":0.0,"name":"SGDRDecay"})");
  CHECK(LearningRate(0.1).config().str() == "0.10000000149011612");
  CHECK(LearningRate::from_config(Config::parse("1")).at(7) == 1);
}

TEST_CASE("schedules: what is none is refused", "[schedule]") {
  const auto read = [](const char* json) { return LearningRate::from_config(Config::parse(json)); };
  CHECK_THROWS_WITH(read("\"fast\""), "expected a number or a schedule, got \"fast\"");
  CHECK_THROWS_WITH(read(R"({"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 1}})"),
                    "ExponentialDecay: \"decay_steps\" is missing");
  CHECK_THROWS_WITH(read(R"({"class_name": "LinearDecay", "config": {}})"), Contains("schedule: \"LinearDecay\""));
  CHECK_THROWS_WITH(LearningRateSchedule(CosineDecay{.initial_learning_rate = 1}),
                    "CosineDecay: decay_steps must be positive and finite, got 0");
  CHECK_THROWS_AS(LearningRateSchedule(PiecewiseConstantDecay{.boundaries = {1}, .values = {1}}), ValueError);
  CHECK_THROWS_AS(LearningRateSchedule(PiecewiseConstantDecay{.boundaries = {2, 1}, .values = {1, 2, 3}}), ValueError);
  CHECK_THROWS_AS(
      LearningRateSchedule(CosineDecayRestarts{.initial_learning_rate = 1, .first_decay_steps = 1, .t_mul = 0.5}),
      ValueError);
  CHECK_THROWS_AS(LearningRateSchedule(std::function<double(int64_t)>{}), ValueError);
}

/// Falls by a line.
struct Falling {
  double first = 1, by = 0.25;
  static constexpr std::string_view class_name = "my>Falling";
  void fields(Fields& f) {
    f.required("first", first);
    f("by", by);
  }
  double operator()(int64_t i) const { return first - by * static_cast<double>(i); }
};

TEST_CASE("schedules of one's own have a config, functions have none", "[schedule][describe]") {
  register_schedule<Falling>();
  const LearningRateSchedule falling =
      LearningRateSchedule::from_config(LearningRateSchedule(Falling{.first = 2}).config());
  CHECK(falling(4) == 1);
  CHECK_THROWS_WITH(LearningRateSchedule([](int64_t) { return 0.5; }).config(), Contains("a function has no config"));
}

}  // namespace
}  // namespace reel
