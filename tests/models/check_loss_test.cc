// Every loss goes through the check that users' losses do; and the check sees what is wrong.
#include "reel/models/testing/check_loss.h"

#include <catch2/catch.hpp>
#include <set>

#include "models/known_names.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

using Catch::Contains;

const Type kRow{DType::f32, {rows, 3}}, kSteps{DType::f32, {rows, 4, 3}};

struct CheckedRow {
  Loss loss;
  Type targets, predictions;
  ScoreCheckOptions options = {};
};

std::vector<CheckedRow> error_rows() {
  const ScoreCheckOptions numbers{}, positive{.targets = Drawn::positive, .predictions = Drawn::positive},
      distributions{.targets = Drawn::distributions, .predictions = Drawn::distributions};
  return {
      {MeanSquaredError{}, kRow, kRow, numbers},
      {MeanSquaredError{.reduction = "sum"}, kSteps, kSteps, numbers},
      {MeanSquaredError{}, {DType::f32, {rows}}, {DType::f32, {rows, 1}}, numbers},
      {MeanAbsoluteError{}, kSteps, kSteps, numbers},
      {MeanAbsolutePercentageError{}, kRow, kRow, positive},
      {MeanSquaredLogarithmicError{}, kRow, kRow, positive},
      {Huber{.delta = 0.5}, kSteps, kSteps, numbers},
      {LogCosh{}, kRow, kRow, numbers},
      {Poisson{}, kSteps, kSteps, positive},
      {KLDivergence{}, kSteps, kSteps, distributions},
      {CosineSimilarity{}, kRow, kRow, numbers},
      {CosineSimilarity{.axis = 1}, kSteps, kSteps, {.by_vector = false}},
  };
}

std::vector<CheckedRow> margin_rows() {
  const ScoreCheckOptions signs{.targets = Drawn::signs}, one_hot{.targets = Drawn::one_hot},
      of_batch{.targets = Drawn::bits, .predictions = Drawn::shares, .is_of_batch = true},
      of_vectors{.targets = Drawn::bits, .predictions = Drawn::shares},
      of_rows{.targets = Drawn::bits, .predictions = Drawn::shares, .by_vector = false};
  return {
      {Hinge{}, kRow, kRow, signs},
      {SquaredHinge{}, kSteps, kSteps, signs},
      {CategoricalHinge{}, kSteps, kSteps, one_hot},
      {Dice{}, kRow, kRow, of_batch},
      {Dice{.axis = {1, 2}}, kSteps, kSteps, of_rows},
      {Tversky{.alpha = 0.25, .beta = 0.75}, kRow, kRow, of_batch},
      {Tversky{.axis = -1}, kSteps, kSteps, of_vectors},
  };
}

std::vector<CheckedRow> crossentropy_rows() {
  const Type ids{DType::i32, {rows}}, steps_of_ids{DType::i32, {rows, 4}};
  const ScoreCheckOptions bits{.targets = Drawn::bits, .predictions = Drawn::shares},
      bits_of_logits{.targets = Drawn::bits}, one_hot{.targets = Drawn::one_hot, .predictions = Drawn::distributions},
      one_hot_of_logits{.targets = Drawn::one_hot},
      classes{.targets = Drawn::classes, .predictions = Drawn::distributions},
      classes_of_logits{.targets = Drawn::classes};
  return {
      {BinaryCrossentropy{}, kRow, kRow, bits},
      {BinaryCrossentropy{.from_logits = true, .label_smoothing = 0.125}, kSteps, kSteps, bits_of_logits},
      {BinaryFocalCrossentropy{.apply_class_balancing = true, .alpha = 0.125, .gamma = 3}, kSteps, kSteps, bits},
      {BinaryFocalCrossentropy{.from_logits = true}, kRow, kRow, bits_of_logits},
      {CategoricalCrossentropy{.label_smoothing = 0.25}, kSteps, kSteps, one_hot},
      {CategoricalCrossentropy{.from_logits = true}, kRow, kRow, one_hot_of_logits},
      {CategoricalFocalCrossentropy{.alpha = 0.5, .gamma = 3}, kRow, kRow, one_hot},
      {CategoricalFocalCrossentropy{.from_logits = true}, kSteps, kSteps, one_hot_of_logits},
      {SparseCategoricalCrossentropy{}, ids, kRow, classes},
      {SparseCategoricalCrossentropy{.ignore_class = 1}, steps_of_ids, kSteps, classes},
      {SparseCategoricalCrossentropy{.from_logits = true}, {DType::f32, {rows, 1}}, kRow, classes_of_logits},
  };
}

std::vector<CheckedRow> class_rows() {
  const Type ids{DType::i32, {rows}}, labels{DType::i32, {rows, 2}};
  const ScoreCheckOptions classes{.targets = Drawn::classes, .predictions = Drawn::distributions},
      labels_of_logits{.targets = Drawn::classes, .classes = 3, .by_vector = false},
      of_pairs{.targets = Drawn::classes, .predictions = Drawn::shares, .of_row_alone = false};
  return {
      {CategoricalGeneralizedCrossEntropy{.q = 0.25}, {DType::i32, {rows, 4}}, kSteps, classes},
      {CTC{}, labels, kSteps, labels_of_logits},
      {Circle{.gamma = 2, .margin = 0.25}, ids, kRow, of_pairs},
      {Circle{.gamma = 1, .remove_diagonal = false}, ids, kRow, of_pairs},
  };
}

void check_all(const std::vector<CheckedRow>& table) {
  for (const auto& [loss, targets, predictions, options] : table) {
    INFO(loss.config().str() << " of " << predictions.str());
    CHECK_NOTHROW(check_loss(loss, targets, predictions, options));
  }
}

TEST_CASE("errors hold what check_loss asks", "[loss][check_loss]") { check_all(error_rows()); }
TEST_CASE("hinges and overlaps hold what check_loss asks", "[loss][check_loss]") { check_all(margin_rows()); }
TEST_CASE("crossentropies hold what check_loss asks", "[loss][check_loss]") { check_all(crossentropy_rows()); }

TEST_CASE("losses of classes hold what check_loss asks", "[loss][check_loss]") { check_all(class_rows()); }

TEST_CASE("every loss goes through check_loss", "[loss][check_loss]") {
  std::set<std::string> checked, known;
  for (const auto& table : {error_rows(), margin_rows(), crossentropy_rows(), class_rows()}) {
    for (const CheckedRow& row : table) checked.insert(row.loss.described().class_name());
  }
  for (const std::string& name : testing::listed_names<Loss>()) known.insert(Loss(name).described().class_name());
  CHECK(known == checked);
}

/// factor (t - y)^2 of the first output, in a wrong way if told to.
struct Odd {
  std::string how = "right";
  double factor = 1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "odd";
  static constexpr std::string_view class_name = "test>OddLoss";
  void fields(Fields& f) {
    loss_fields(f, name, reduction);
    f("how", how);
    if (how == "ignores") {
      double unread = factor;
      f("factor", unread);
    } else if (how != "forgets") {
      f("factor", factor);
    }
  }
  Var operator()(Var t, const Flow& flow) const {
    const Var y = flow.value,
              x = how == "by logits" && flow.logits_of(Flow::Of::sigmoid) ? flow.logits_of(Flow::Of::sigmoid) : y;
    const Var values = reduce_mean(square(t - x)) * factor;
    if (how == "mixes rows") return values + mean(y);
    if (how == "wrong derivative") return values + stop_gradient(reduce_mean(y));
    if (how == "infinite") return values / (values * 0.0);
    if (how == "of batch") return mean(values);
    return values;
  }
};

TEST_CASE("check_loss sees what is wrong with a loss", "[loss][check_loss]") {
  register_loss<Odd>();
  const auto check = [](const Loss& loss, const ScoreCheckOptions& options = {}) {
    check_loss(loss, kRow, kRow, options);
  };
  CHECK_NOTHROW(check(Odd{.factor = 2}));
  CHECK_NOTHROW(check(Odd{.how = "of batch"}, {.is_of_batch = true}));
  CHECK_THROWS_WITH(check(Odd{.how = "mixes rows"}), Contains("loss \"odd\": gives other bits for rows 0 to 1 alone"));
  CHECK_THROWS_WITH(check(Odd{.how = "wrong derivative"}), Contains("derivative by predictions"));
  CHECK_THROWS_WITH(check(Odd{.how = "infinite"}), Contains("gave"));
  CHECK_THROWS_WITH(check(Odd{.how = "forgets", .factor = 2}), Contains("gives other bits made of its config"));
  CHECK_THROWS_WITH(check(Odd{.how = "ignores", .factor = 2}), Contains("made of"));
  CHECK_THROWS_WITH(check(Odd{.how = "of batch"}), Contains("expected a value for each vector"));
  CHECK_THROWS_WITH(check(Odd{}, {.is_of_batch = true}), Contains("expected a value [] for the batch"));
  CHECK_THROWS_WITH(check(Odd{.how = "by logits"}, {.predictions = Drawn::shares}), Contains("with logits it is"));
  CHECK_THROWS_AS(check(Loss([](Var t, Var y) { return reduce_mean(t - y); })), ValueError);
  CHECK_NOTHROW(check(Loss([](Var t, Var y) { return reduce_mean(square(t - y)); }), {.has_config = false}));
}

}  // namespace
}  // namespace reel
