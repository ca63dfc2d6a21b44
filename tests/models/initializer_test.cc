#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

struct Moments {
  double low, high, mean, deviation;
};

Moments moments(const Tensor& t) {
  Moments m{t.at(0), t.at(0), 0, 0};
  const double n = static_cast<double>(t.size());
  for (int64_t i = 0; i < t.size(); ++i) {
    m.low = std::min(m.low, t.at(i));
    m.high = std::max(m.high, t.at(i));
    m.mean += t.at(i) / n;
  }
  for (int64_t i = 0; i < t.size(); ++i) m.deviation += std::pow(t.at(i) - m.mean, 2) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

Tensor make(const Initializer& initializer, const Shape& shape, uint64_t seed = 1) {
  Random random(seed, Purpose::weights);
  return initializer(shape, random);
}

/// All of a uniform distribution on +-limit: within, close to both ends, with its mean and deviation.
void check_uniform(const Tensor& t, double limit) {
  const Moments m = moments(t);
  CHECK(m.low >= -limit);
  CHECK(m.high <= limit);
  CHECK(m.low < -0.99 * limit);
  CHECK(m.high > 0.99 * limit);
  CHECK(m.mean == Approx(0).margin(0.03 * limit));
  CHECK(m.deviation == Approx(limit / std::sqrt(3.0)).epsilon(0.03));
}

TEST_CASE("uniform initialisers fill their range", "[initializer]") {
  check_uniform(make(RandomUniform{}, {100, 50}), 0.05);
  check_uniform(make(GlorotUniform{}, {100, 50}), std::sqrt(6.0 / 150));
  check_uniform(make(HeUniform{}, {100, 50}), std::sqrt(6.0 / 100));
  // Of a kernel [3, 3, 10, 20] every output has 90 inputs, and every input 180 outputs.
  check_uniform(make(GlorotUniform{}, {3, 3, 10, 20}), std::sqrt(6.0 / 270));
  check_uniform(make(GlorotUniform{}, {2000}), std::sqrt(6.0 / 4000));
}

/// All of a normal distribution around 0 cut off at 2 / 0.8796 times its deviation, which is what is left of it.
void check_truncated(const Tensor& t, double deviation) {
  const Moments m = moments(t);
  const double limit = 2 * deviation / 0.87962566103423978;
  CHECK(m.low >= -limit * (1 + 1e-6));
  CHECK(m.high <= limit * (1 + 1e-6));
  CHECK(m.low < -0.97 * limit);
  CHECK(m.high > 0.97 * limit);
  CHECK(m.mean == Approx(0).margin(0.05 * deviation));
  CHECK(m.deviation == Approx(deviation).epsilon(0.03));
}

TEST_CASE("truncated normal initialisers have their deviation, and nothing beyond", "[initializer]") {
  check_truncated(make(TruncatedNormal{}, {100, 50}), 0.05 * 0.87962566103423978);
  check_truncated(make(GlorotNormal{}, {100, 50}), std::sqrt(2.0 / 150));
  check_truncated(make(HeNormal{}, {100, 50}), std::sqrt(2.0 / 100));
  check_truncated(make(LecunNormal{}, {100, 50}), std::sqrt(1.0 / 100));
  check_truncated(make(HeNormal{}, {3, 3, 10, 60}), std::sqrt(2.0 / 90));
  check_uniform(make(LecunUniform{}, {100, 50}), std::sqrt(3.0 / 100));
  CHECK(moments(make(TruncatedNormal{.mean = 3}, {100, 50})).mean == Approx(3).margin(0.005));
}

TEST_CASE("the other initialisers", "[initializer]") {
  const Moments normal = moments(make(RandomNormal{.mean = 2}, {100, 100}));
  CHECK(normal.mean == Approx(2).margin(0.005));
  CHECK(normal.deviation == Approx(0.05).epsilon(0.05));
  CHECK(moments(make(Zeros{}, {3, 4})).high == 0);
  CHECK(moments(make(Ones{}, {3, 4})).low == 1);
  CHECK(moments(make(Constant{-2.5}, {7})).mean == -2.5);
}

/// Largest |<v_i, v_j> - [i = j]| over vectors of `length` elements, `stride` apart.
double worst_product(const Tensor& t, int64_t vectors, int64_t length, int64_t vector_stride, int64_t stride) {
  double worst = 0;
  for (int64_t i = 0; i < vectors; ++i) {
    for (int64_t j = 0; j < vectors; ++j) {
      double product = 0;
      for (int64_t k = 0; k < length; ++k) {
        product += t.at(i * vector_stride + k * stride) * t.at(j * vector_stride + k * stride);
      }
      worst = std::max(worst, std::abs(product - (i == j ? 1 : 0)));
    }
  }
  return worst;
}

TEST_CASE("orthogonal makes the fewer of rows and columns orthonormal", "[initializer]") {
  CHECK(worst_product(make(Orthogonal{}, {20, 20}), 20, 20, 20, 1) < 1e-6);
  CHECK(worst_product(make(Orthogonal{}, {20, 20}), 20, 20, 1, 20) < 1e-6);
  CHECK(worst_product(make(Orthogonal{}, {30, 8}), 8, 30, 1, 8) < 1e-6);
  CHECK(worst_product(make(Orthogonal{}, {8, 30}), 8, 30, 30, 1) < 1e-6);
  CHECK(worst_product(make(Orthogonal{}, {5, 6, 8}), 8, 30, 1, 8) < 1e-6);
  const Tensor plain = make(Orthogonal{}, {4, 4}), scaled = make(Orthogonal{.gain = 3}, {4, 4});
  CHECK(scaled.at(5) == Approx(3 * plain.at(5)));
  CHECK_THROWS_AS(make(Orthogonal{}, {4}), ShapeError);
}

/// The numbers that `make` draws for `count` vectors, each of so many.
std::vector<std::vector<double>> drawn_vectors(int64_t count, int64_t length) {
  Random random(1, Purpose::weights);
  std::vector<std::vector<double>> vectors(static_cast<size_t>(count));
  for (std::vector<double>& vector : vectors) {
    for (int64_t i = 0; i < length; ++i) vector.push_back(random.normal());
  }
  return vectors;
}

// Of A = QR with a positive diagonal of R, as Keras makes it, there is one: q_i a_j is R's element i, j.
TEST_CASE("orthogonal is the Q of drawn vectors whose R is upper triangular, its diagonal positive", "[initializer]") {
  for (const Shape& shape : {Shape{30, 8}, Shape{8, 30}, Shape{6, 6}}) {
    const int64_t count = std::min(shape[0], shape[1]), length = std::max(shape[0], shape[1]);
    const bool is_tall = shape[0] >= shape[1];
    const Tensor q = make(Orthogonal{}, shape);
    const auto a = drawn_vectors(count, length);
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t j = 0; j <= i; ++j) {
        double product = 0;
        for (int64_t k = 0; k < length; ++k) {
          product += q.at(is_tall ? k * count + i : i * length + k) * a[static_cast<size_t>(j)][static_cast<size_t>(k)];
        }
        INFO(shape.str() << ", element " << j << ", " << i << " of R transposed");
        CHECK((i == j ? product > 0.01 : std::abs(product) < 1e-5));
      }
    }
  }
}

TEST_CASE("initial values are a function of seed and purpose", "[initializer]") {
  const auto first = [](uint64_t seed, uint64_t number) {
    Random random(seed, Purpose::weights, number);
    return GlorotUniform{}({2, 2}, random).at(0);
  };
  CHECK(first(1, 1) == first(1, 1));
  CHECK(first(1, 1) != first(2, 1));
  CHECK(first(1, 1) != first(1, 2));
}

TEST_CASE("initialisers by Keras's names, or of one's own", "[initializer]") {
  for (const char* name :
       {"zeros", "ones", "uniform", "random_uniform", "random_normal", "truncated_normal", "glorot_uniform",
        "he_uniform", "lecun_uniform", "glorot_normal", "he_normal", "lecun_normal", "orthogonal", "HeNormal"}) {
    CHECK(make(name, {3, 2}).shape() == Shape{3, 2});
  }
  CHECK_THROWS_WITH(Initializer("glorot_unicorn"), Catch::Contains("glorot_unicorn"));
  const Initializer own = [](const Shape& shape, Random&) { return Tensor::full(shape, 7); };
  CHECK(make(own, {2, 2}).at(3) == 7);
}

TEST_CASE("what an initialiser makes is checked against the weight, and its mistakes are placed", "[initializer]") {
  using Catch::Contains;
  const auto with = [](Initializer kernel) {
    return Sequential({Input({4}), Dense(3, {.kernel_initializer = std::move(kernel), .name = "wide"})});
  };
  const auto placed = Contains("in weight \"kernel\" of layer \"wide\"");
  CHECK_THROWS_WITH(with([](const Shape&, Random&) {
                      return Tensor::full({4, 5}, 1);
                    }),
                    placed && Contains("f32[4, 3]") && Contains("f32[4, 5]"));
  CHECK_THROWS_WITH(with([](const Shape& shape, Random&) { return Tensor::full(shape, 1, DType::f64); }),
                    placed && Contains("f32[4, 3]") && Contains("f64[4, 3]"));
  CHECK_THROWS_WITH(with([](const Shape&, Random&) { return Tensor{}; }), placed && Contains("nothing"));
  CHECK_THROWS_WITH(Sequential({Input({4}), Dense(3, {.bias_initializer = "orthogonal"})}),
                    Contains("orthogonal") && Contains("\"bias\"") && Contains("\"dense\""));
  const Initializer failing = [](const Shape&, Random&) -> Tensor { throw std::runtime_error("no luck"); };
  CHECK_THROWS_AS(with(failing), Error);
  CHECK_THROWS_WITH(with(failing), placed && Contains("no luck"));
  const auto twice = [](const Shape&, Random&) { return Tensor::zeros({3}, DType::f64); };
  CHECK_THROWS_WITH(Sequential({Input({2, 3}), LSTM(2, {.bias_initializer = twice})}), Contains("\"bias\""));
}

TEST_CASE("initializers are found by Keras's names alone, and are no empty functions", "[initializer]") {
  CHECK_THROWS_WITH(
      Initializer("he"),
      "initializer: \"he\" is not known, only zeros, ones, constant, identity, random_uniform, random_normal, "
      "truncated_normal, variance_scaling, glorot_uniform, he_uniform, lecun_uniform, glorot_normal, he_normal, "
      "lecun_normal, orthogonal");
  CHECK_THROWS_AS(Initializer(static_cast<const char*>(nullptr)), ValueError);
  CHECK_THROWS_AS(Initializer(Initializer::Function{}), ValueError);
  CHECK_NOTHROW(Initializer(std::string("ones")));
}

}  // namespace
}  // namespace reel
