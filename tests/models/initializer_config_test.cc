// Initializers and Keras's configs of them; what a seed and fans of one's own do.
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/initializers/initializer.h"

namespace reel {
namespace {

using Catch::Contains;

std::string serialized(const std::string& class_name, const std::string& config) {
  return R"({"module":"keras.initializers","class_name":")" + class_name + R"(","config":)" + config +
         R"(,"registered_name":null})";
}

Tensor make(const Initializer& initializer, const Shape& shape, uint64_t stream = 0) {
  Random random(1, Purpose::weights, stream);
  return initializer(shape, random);
}

struct ConfigRow {
  Initializer initializer;
  std::string class_name, config;
};

const std::string kUnseeded = R"({"seed":null,"input_axes":null,"output_axes":null})";

/// What get_config() gives in Keras 3.15.
const std::vector<ConfigRow> kConfigs = {
    {Zeros{}, "Zeros", "{}"},
    {Ones{}, "Ones", "{}"},
    {Constant{}, "Constant", R"({"value":0.0})"},
    {Constant{0.813}, "Constant", R"({"value":0.813})"},
    {Identity{}, "Identity", "{}"},
    {RandomUniform{}, "RandomUniform", R"({"seed":null,"minval":-0.05,"maxval":0.05})"},
    {RandomUniform{.minval = 0.5, .maxval = 1.5, .seed = 7}, "RandomUniform",
     R"({"seed":7,"minval":0.5,"maxval":1.5})"},
    {RandomNormal{}, "RandomNormal", R"({"seed":null,"mean":0.0,"stddev":0.05})"},
    {TruncatedNormal{.mean = 1}, "TruncatedNormal", R"({"seed":null,"mean":1.0,"stddev":0.05})"},
    {VarianceScaling{}, "VarianceScaling",
     R"({"seed":null,"scale":1.0,"mode":"fan_in","distribution":"truncated_normal","input_axes":null,)"
     R"("output_axes":null})"},
    {GlorotUniform{}, "GlorotUniform", kUnseeded},
    {HeUniform{}, "HeUniform", kUnseeded},
    {LecunUniform{}, "LecunUniform", kUnseeded},
    {GlorotNormal{}, "GlorotNormal", kUnseeded},
    {HeNormal{}, "HeNormal", kUnseeded},
    {LecunNormal{.seed = 3, .input_axes = {{0}}, .output_axes = {{0, -1}}}, "LecunNormal",
     R"({"seed":3,"input_axes":[0],"output_axes":[0,-1]})"},
    {Orthogonal{}, "Orthogonal", R"({"seed":null,"gain":1.0})"},
};

TEST_CASE("initializers: configs are Keras's, and are read as what they were", "[initializer][describe]") {
  for (const ConfigRow& row : kConfigs) {
    const std::string expected = serialized(row.class_name, row.config);
    CHECK(row.initializer.config().str() == expected);
    const Initializer read = Initializer::from_config(Config::parse(expected));
    CHECK(read.config().str() == expected);
    CHECK(testing::same_bits(make(read, {4, 4}), make(row.initializer, {4, 4})));
  }
  CHECK(Initializer("glorot_uniform").config() == kConfigs[10].initializer.config());
  CHECK(Initializer::from_config(Config::parse("\"he_normal\"")).config() == Initializer("he_normal").config());
}

TEST_CASE("initializers: Keras writes no gain of the identity, which is read where it is", "[initializer][describe]") {
  const Initializer tripled = Identity{.gain = 3};
  CHECK(tripled.config().str() == serialized("Identity", R"({"gain":3.0})"));
  const Tensor made = make(Initializer::from_config(tripled.config()), {2, 3});
  for (int64_t i = 0; i < 6; ++i) CHECK(made.at(i) == (i == 0 || i == 4 ? 3 : 0));
  CHECK_THROWS_AS(make(tripled, {3}), ShapeError);
}

TEST_CASE("initializers: what is no config of one is refused", "[initializer][describe]") {
  const auto read = [](const char* json) { return Initializer::from_config(Config::parse(json)); };
  CHECK_THROWS_WITH(read(R"({"class_name": "Zeros", "config": {"sede": 1}})"),
                    Contains("Zeros: \"sede\" is not known"));
  CHECK_THROWS_WITH(read(R"({"class_name": "HeUniform", "config": {"seed": 1.5}})"),
                    "HeUniform: seed: expected a whole number, got 1.5");
  CHECK_THROWS_WITH(read(R"({"class_name": "STFT", "config": {}})"), Contains("initializer: \"STFT\" is not known"));
  CHECK_THROWS_WITH(read(R"({"class_name": "VarianceScaling", "config": {"mode": "fan_out_of"}})"),
                    Contains("mode must be fan_in or fan_out or fan_avg, got \"fan_out_of\""));
  CHECK_THROWS_WITH(Initializer(VarianceScaling{.scale = 0}), Contains("scale must be positive, got 0"));
  CHECK_THROWS_WITH(Initializer(VarianceScaling{.distribution = "normal"}), Contains("distribution must be"));
  CHECK_THROWS_WITH(Initializer(HeNormal{.input_axes = {{0}}}), Contains("go together"));
  CHECK_THROWS_WITH(make(HeNormal{.input_axes = {{0}}, .output_axes = {{2}}}, {2, 2}), Contains("no axis 2"));
}

TEST_CASE("initializers: with a seed, the same values whatever the stream", "[initializer]") {
  const std::pair<Initializer, Initializer> unseeded_and_seeded[] = {{RandomUniform{}, RandomUniform{.seed = 5}},
                                                                     {RandomNormal{}, RandomNormal{.seed = 5}},
                                                                     {TruncatedNormal{}, TruncatedNormal{.seed = 5}},
                                                                     {GlorotUniform{}, GlorotUniform{.seed = 5}},
                                                                     {HeNormal{}, HeNormal{.seed = 5}},
                                                                     {Orthogonal{}, Orthogonal{.seed = 5}}};
  for (const auto& [unseeded, seeded] : unseeded_and_seeded) {
    INFO(seeded.config().str());
    CHECK_FALSE(testing::same_bits(make(unseeded, {3, 4}, 1), make(unseeded, {3, 4}, 2)));
    CHECK(testing::same_bits(make(seeded, {3, 4}, 1), make(seeded, {3, 4}, 2)));
    CHECK_FALSE(testing::same_bits(make(seeded, {3, 4}), make(unseeded, {3, 4})));
  }
  CHECK_FALSE(testing::same_bits(make(HeNormal{.seed = 5}, {3, 4}), make(HeNormal{.seed = 6}, {3, 4})));
}

double deviation(const Tensor& t) {
  double sum = 0;
  for (int64_t i = 0; i < t.size(); ++i) sum += t.at(i) * t.at(i);
  return std::sqrt(sum / static_cast<double>(t.size()));
}

TEST_CASE("variance scaling has the variance scale / fan in each mode and distribution", "[initializer]") {
  const auto expect = [](const VarianceScaling& rule, double variance) {
    INFO(rule.mode << ", " << rule.distribution);
    CHECK(deviation(make(rule, {40, 5, 50})) == Approx(std::sqrt(variance)).epsilon(0.03));
  };
  for (const char* distribution : {"truncated_normal", "untruncated_normal", "uniform"}) {
    expect({.scale = 3, .mode = "fan_in", .distribution = distribution}, 3.0 / 200);
    expect({.scale = 3, .mode = "fan_out", .distribution = distribution}, 3.0 / 2000);
    expect({.scale = 3, .mode = "fan_avg", .distribution = distribution}, 3.0 / 1100);
    // An einsum's kernel: 40 inputs, heads of 5 by 50.
    expect({.mode = "fan_out", .distribution = distribution, .input_axes = {{0}}, .output_axes = {{1, -1}}}, 1.0 / 250);
  }
}

/// A ramp from `first`.
struct Ramp {
  double first = 0;
  static constexpr std::string_view class_name = "my>Ramp";
  void fields(Fields& f) { f("first", first); }
  Tensor operator()(const Shape& shape, Random&) const {
    Tensor out = Tensor::zeros(shape);
    for (int64_t i = 0; i < out.size(); ++i) out.data<float>()[i] = static_cast<float>(first + static_cast<double>(i));
    return out;
  }
};
struct Nameless {
  static constexpr std::string_view class_name = "Nameless";
  Tensor operator()(const Shape& shape, Random&) const { return Tensor::zeros(shape); }
};

TEST_CASE("initializers of one's own have a config, functions have none", "[initializer][describe]") {
  const Initializer ramp = Ramp{.first = 2};
  CHECK(ramp.config().str() ==
        R"({"module":null,"class_name":"Ramp","config":{"first":2.0},"registered_name":"my>Ramp"})");
  CHECK_THROWS_WITH(Initializer::from_config(ramp.config()), Contains("\"my>Ramp\" is not known"));
  register_initializer<Ramp>();
  CHECK(make(Initializer::from_config(ramp.config()), {2, 2}).at(3) == 5);
  CHECK_THROWS_WITH(Initializer([](const Shape& shape, Random&) { return Tensor::zeros(shape); }).config(),
                    Contains("a function has no config"));
  CHECK_THROWS_WITH(Initializer(Nameless{}).config(), Contains("initializer: \"Nameless\" is not known"));
  CHECK_THROWS_WITH(register_initializer<Nameless>(), Contains("\"package>Name\""));
}

}  // namespace
}  // namespace reel
