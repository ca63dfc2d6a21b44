// Losses at the edges: infinite logits, targets that are no class, differences and arguments that a naive formula
// loses.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "models/metric_value.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/graph/warning.h"
#include "reel/models/activations/activation.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/metric.h"

namespace reel {
namespace {

const float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

Tensor row_of(const std::vector<float>& values) { return Tensor::of({1, static_cast<int64_t>(values.size())}, values); }

/// The loss of one row, and its gradient in the predictions.
struct Found {
  double loss;
  std::vector<double> gradient;
};

Found found(const Loss& loss, const Tensor& t, const Tensor& y) {
  Tape tape;
  const Var x = tape.parameter(y), of = sum(loss(tape.constant(t), x));
  const Tensor gradient = value_of(tape.gradient(of, x));
  Found out{value_of(of).item(), {}};
  for (int64_t i = 0; i < gradient.size(); ++i) out.gradient.push_back(gradient.at(i));
  return out;
}

/// Warnings given while it lives.
class Warnings {
 public:
  Warnings() : before_(set_warning_handler([this](std::string_view text) { texts_.emplace_back(text); })) {}
  ~Warnings() { set_warning_handler(before_); }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  WarningHandler before_;
};

TEST_CASE("a class of target 0 has no part in crossentropy, however unlikely", "[loss]") {
  const Loss sparse = SparseCategoricalCrossentropy{.from_logits = true},
             dense = CategoricalCrossentropy{.from_logits = true};
  const Tensor logits = row_of({-kInfinity, 2, 1}), far = row_of({-3e38f, 3e38f}), one = Tensor::of<int32_t>({1}, {1});
  CHECK(found(sparse, one, logits).loss == Approx(0.31326169).epsilon(1e-7));
  CHECK(found(dense, row_of({0, 1, 0}), logits).loss == Approx(0.31326169).epsilon(1e-7));
  CHECK(found(sparse, one, far).loss == 0);
  CHECK(found(sparse, one, row_of({0, kInfinity, 1})).loss == 0);
  CHECK(found(sparse, Tensor::of<int32_t>({1}, {0}), logits).loss == kInfinity);
  const std::vector<double> gradient = found(sparse, one, logits).gradient;
  CHECK(gradient[0] == 0);
  CHECK(gradient[1] == Approx(-0.26894142).epsilon(1e-6));
  CHECK(gradient[2] == Approx(0.26894142).epsilon(1e-6));
}

TEST_CASE("an infinite logit of the target's sign costs nothing", "[loss]") {
  const Loss loss = BinaryCrossentropy{.from_logits = true};
  CHECK(found(loss, row_of({1, 0}), row_of({kInfinity, -kInfinity})).loss == 0);
  CHECK(found(loss, row_of({1, 0}), row_of({3e38f, -3e38f})).loss == 0);
  CHECK(found(loss, row_of({0}), row_of({kInfinity})).loss == kInfinity);
}

TEST_CASE("values of weight 0, or that a mask leaves out, do not count, whatever they are", "[loss]") {
  Tape tape;
  const Var values = tape.constant(Tensor::of<float>({4}, {1, kInfinity, kNan, 3})),
            kept = tape.constant(Tensor::of<float>({4}, {1, 0, 0, 1}));
  CHECK(value_of(mean_loss(values, kept)).item() == 1);
  CHECK(value_of(sum_of_valid(values, kept, "test")).item() == 4);
  const Found poisson = found("poisson", row_of({0}), row_of({-1e-7f}));
  CHECK(poisson.loss == Approx(-1e-7));
  CHECK(poisson.gradient[0] == 1);
  CHECK(found("hinge", row_of({1, 0, 2}), row_of({1, kInfinity, 3})).loss == Approx(1.0 / 3));
  // Nor do their gradients, however large what they come from.
  for (const char* loss : {"mse", "squared_hinge"}) {
    for (const float far : {3e38f, kInfinity}) {
      INFO(loss << " of " << far);
      Tape weighted;
      const Var y = weighted.parameter(Tensor::of<float>({2, 1}, {0.5f, -far})),
                t = weighted.constant(Tensor::of<float>({2, 1}, {1, 1})),
                weight = weighted.constant(Tensor::of<float>({2}, {1, 0}));
      const Tensor gradient = value_of(weighted.gradient(mean_loss(Loss(loss)(t, y), weight), y));
      CHECK(gradient.at(0) == -0.5);
      CHECK(gradient.at(1) == 0);
    }
  }
  CHECK(found("categorical_hinge", row_of({0, 1}), row_of({-2, kInfinity})).loss == 0);
}

TEST_CASE("from_logits behind a sigmoid or softmax goes by their argument, and warns", "[loss]") {
  const Warnings warnings;
  Tape tape;
  const Activation to_share = sigmoid, to_shares = softmax;
  const Var x = tape.parameter(Tensor::full({1, 1}, 3)), zero = tape.constant(Tensor::zeros({1, 1}));
  CHECK(value_of(BinaryCrossentropy{.from_logits = true}(zero, to_share(x, {}))).item() ==
        Approx(3.0485873).epsilon(1e-7));
  REQUIRE(warnings.texts().size() == 1);
  CHECK(warnings.texts()[0] ==
        "binary_crossentropy: from_logits is set, but the predictions are the result of sigmoid, and no logits; its "
        "argument is taken");
  const Var logits = tape.parameter(row_of({-1, 2, 1})), first = tape.constant(row_of({1, 0, 0}));
  const double expected = 3 + std::log1p(std::exp(-3.0) + std::exp(-1.0));
  CHECK(value_of(CategoricalCrossentropy{.from_logits = true}(first, to_shares(logits, {}))).item() ==
        Approx(expected));
  CHECK(value_of(SparseCategoricalCrossentropy{.from_logits = true}(tape.constant(Tensor::of<int32_t>({1}, {0})),
                                                                    to_shares(logits, {})))
            .item() == Approx(expected));
  REQUIRE(warnings.texts().size() == 3);
  CHECK_THAT(warnings.texts()[2], Catch::StartsWith("sparse_categorical_crossentropy: from_logits"));
  BinaryCrossentropy{}(zero, to_share(x, {}));
  BinaryCrossentropy{.from_logits = true}(zero, x);
  CHECK(warnings.texts().size() == 3);
}

TEST_CASE("a single unit with softmax or categorical crossentropy is warned about", "[loss]") {
  const Warnings warnings;
  Tape tape;
  const Var x = tape.input({rows, 1});
  softmax(x);
  REQUIRE(warnings.texts().size() == 1);
  CHECK_THAT(warnings.texts()[0], Catch::Contains("f32[rows, 1]") && Catch::Contains("sigmoid"));
  CategoricalCrossentropy{}(x, x);
  REQUIRE(warnings.texts().size() == 2);
  CHECK_THAT(warnings.texts()[1], Catch::Contains("binary_crossentropy"));
  softmax(tape.input({rows, 2}));
  CHECK(warnings.texts().size() == 2);
}

TEST_CASE("targets that are no class are refused with the value, the row and the number of classes", "[loss]") {
  const Tensor y = Tensor::full({4, 3}, 1.0 / 3);
  const auto refused = [&](const Tensor& t, const char* message) {
    CHECK_THROWS_WITH(found(SparseCategoricalCrossentropy{}, t, y), message);
  };
  refused(Tensor::of<int32_t>({4}, {0, 3, -1, 2}),
          "sparse_categorical_crossentropy: 3 in row 1 of the batch is none of 3 classes, 0 to 2");
  refused(Tensor::of<int32_t>({4, 1}, {0, 1, -1, 5}),
          "sparse_categorical_crossentropy: -1 in row 2 of the batch is none of 3 classes, 0 to 2");
  refused(Tensor::of<float>({4}, {0, 1, 2, kNan}),
          "sparse_categorical_crossentropy: nan in row 3 of the batch is none of 3 classes, 0 to 2");
  refused(Tensor::of<float>({4}, {3e9f, 1, 2, 1}),
          "sparse_categorical_crossentropy: 3000000000 in row 0 of the batch is none of 3 classes, 0 to 2");
  CHECK_NOTHROW(found(SparseCategoricalCrossentropy{}, Tensor::of<float>({4}, {0, 1.5f, -0.5f, 2.9f}), y));
}

TEST_CASE("of many bad targets the first by rows is named, for any number of threads", "[loss]") {
  const int64_t n = 1001;
  Tensor t = Tensor::zeros({n}).cast(DType::i32);
  for (const int64_t bad : {517, 518, 900, 1000}) t.data<int32_t>()[bad] = static_cast<int32_t>(bad);
  Tape tape;
  const Var target = tape.input({rows}, DType::i32), x = tape.input({rows, 3});
  Program program = tape.compile(
      {.outputs = {mean(SparseCategoricalCrossentropy{}(target, softmax(exp(x))))}, .inputs = {target, x}});
  for (const int count : {1, 2, 5}) {
    const WithThreads threads(count);
    for (int run = 0; run < 20; ++run) {
      CHECK_THROWS_WITH(program.run({t, Tensor::zeros({n, 3})}), Catch::Contains(": 517 in row 517 of the batch"));
    }
  }
}

// What Keras gives for targets [2, 255, 0] with ignore_class=255, and for -1.
TEST_CASE("targets of the class to ignore cost nothing and do not count", "[loss]") {
  const Tensor y = Tensor::of<float>({3, 3}, {0.2f, 0.3f, 0.5f, 0.1f, 0.1f, 0.8f, 0.7f, 0.2f, 0.1f});
  const double expected[] = {-std::log(0.5), 0, -std::log(0.7)};
  for (const int32_t ignored : {255, -1, 1}) {
    const SparseCategoricalCrossentropy loss{.ignore_class = ignored};
    Tape tape;
    const Var t = tape.constant(Tensor::of<int32_t>({3}, {2, ignored, 0})), p = tape.constant(y);
    const Tensor values = value_of(Loss(loss)(t, p)), valid = value_of(Loss(loss).valid(t, p));
    for (int i = 0; i < 3; ++i) {
      CHECK(values.at(i) == Approx(expected[i]).epsilon(1e-6));
      CHECK(valid.at(i) == (i == 1 ? 0 : 1));
    }
    CHECK(testing::metric_result(Loss(loss), t, p).item() == Approx((expected[0] + expected[2]) / 2));
  }
  CHECK_THROWS_AS(found(SparseCategoricalCrossentropy{.ignore_class = -1}, Tensor::of<int32_t>({3}, {2, -2, 0}), y),
                  RowError);
}

TEST_CASE("losses keep their digits for small and for close arguments", "[loss]") {
  const auto value = [](const char* loss, float t, float y) { return found(loss, row_of({t}), row_of({y})).loss; };
  CHECK(value("log_cosh", 0, 1e-4f) == Approx(4.99999999167e-9).epsilon(1e-6));
  CHECK(value("log_cosh", 0, 1e-3f) == Approx(4.99999916667e-7).epsilon(1e-6));
  CHECK(value("log_cosh", 0, -0.5f) == Approx(0.120114506958).epsilon(1e-6));
  CHECK(value("log_cosh", 0, 30) == Approx(29.3068528194).epsilon(1e-6));
  CHECK(value("log_cosh", 0, -1e30f) == Approx(1e30).epsilon(1e-6));
  CHECK(value("msle", 0, 1e-5f) == Approx(9.80090051063e-11).epsilon(1e-6));
  CHECK(value("msle", 2e-6f, 1e-6f) == Approx(9.99996994957e-13).epsilon(1e-5));
  CHECK(value("msle", 1000, 1000.001f) == Approx(9.51768896453e-13).epsilon(1e-6));
  CHECK(value("msle", 0.5f, 0.50001f) == Approx(4.45649428836e-11).epsilon(1e-6));
  CHECK(value("bce", 0, 1e-5f) == Approx(1.00000497477e-5).epsilon(1e-6));
  CHECK(value("bce", 0, 1e-7f) == Approx(1.00000006169e-7).epsilon(1e-6));
  CHECK(found("kld", row_of({0.3f, 0.7f}), row_of({0.30001f, 0.69999f})).loss ==
        Approx(3.00400684594e-8).epsilon(1e-3));
  CHECK(found("cosine_similarity", row_of({3, 4}), row_of({4e25f, 3e25f})).loss == Approx(-0.96).epsilon(1e-6));
  CHECK(found("cosine_similarity", row_of({3e-4f, 4e-4f}), row_of({4e-5f, 3e-5f})).loss == Approx(-0.96).epsilon(1e-6));
}

TEST_CASE("a single output may come without an axis of its own", "[loss]") {
  Tape tape;
  const Var t = tape.constant(Tensor::of<float>({2}, {0, 1})), y = tape.constant(Tensor::of<float>({2}, {0.25f, 0.5f}));
  CHECK(value_of(mean(Loss("mse")(t, y))).item() == Approx((0.0625 + 0.25) / 2));
  CHECK(value_of(mean(Loss("mae")(t, y))).item() == Approx(0.375));
  CHECK(value_of(mean(Loss("bce")(t, y))).item() == Approx((-std::log(0.75) - std::log(0.5)) / 2));
  CHECK(testing::metric_result("accuracy", t, y).item() == 0.5);
  CHECK(Loss("mse")(tape.input({rows, 1}), tape.input({rows})).shape().lead() == rows);
  CHECK_THROWS_WITH(Loss("kld")(t, y), "kl_divergence: needs predictions [rows, ..., classes], got f32[2]");
}

TEST_CASE("shares and thresholds that are none are refused", "[loss]") {
  Tape tape;
  const Var y = tape.input({rows, 2});
  for (const double share : {-1.0, 2.0, static_cast<double>(kNan), static_cast<double>(kInfinity)}) {
    CHECK_THROWS_AS(BinaryCrossentropy{.label_smoothing = share}(y, y), ValueError);
    CHECK_THROWS_AS(CategoricalCrossentropy{.label_smoothing = share}(y, y), ValueError);
    CHECK_THROWS_AS(BinaryAccuracy{.threshold = share}(y, y), ValueError);
  }
}

}  // namespace
}  // namespace reel
