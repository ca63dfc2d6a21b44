#include "reel/models/testing/check_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/autodiff/check_gradients.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/elementary.h"
#include "reel/models/activations/activation.h"
#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"

namespace reel {
namespace {

constexpr int64_t kFewRows = 5;

class LossCheck {
 public:
  LossCheck(const Loss& loss, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options)
      : loss_(loss),
        who_("loss \"" + loss.name() + "\""),
        true_(y_true),
        pred_(y_pred),
        options_(options),
        rows_(y_true, y_pred, options, kManyRows) {}

  void run() const {
    const std::vector<Tensor> all = values_of(loss_, rows_.targets, rows_.predictions);
    check_values(all[0]);
    check_finite(who_, all);
    if (options_.has_config) {
      const Loss again = check_config(who_, loss_);
      check_same(who_, "made of its config", all, values_of(again, rows_.targets, rows_.predictions));
    }
    reel::check_threads(who_, [&] { return values_of(loss_, rows_.targets, rows_.predictions); });
    check_derivatives();
    if (options_.is_of_batch) return;
    if (options_.of_row_alone) {
      check_blocks(who_, {all[0], all[1]}, [&](int64_t begin, int64_t end) {
        return values_of(loss_, rows_.targets.slice_rows(begin, end), rows_.predictions.slice_rows(begin, end));
      });
    }
    check_reductions();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw CheckError(who_, what); }

  /// Values, the gradient of their sum by the predictions, and their sum.
  std::vector<Tensor> values_of(const Loss& loss, const Tensor& targets, const Tensor& predictions) const {
    Tape tape;
    const Var t = tape.input(true_.shape, true_.dtype), y = tape.input(pred_.shape, pred_.dtype);
    const Var values = loss(t, {y}), all = sum(values);
    return tape.compile({.outputs = {values, tape.gradient(all, y), all}, .inputs = {t, y}})
        .run({targets, predictions});
  }

  void check_values(const Tensor& values) const {
    const Shape &given = values.shape(), &predicted = rows_.predictions.shape();
    bool fits = options_.is_of_batch ? given.rank() == 0 : given.rank() > 0 && given.lead() == kManyRows;
    if (fits && !options_.is_of_batch && options_.by_vector && predicted.rank() > 1) {
      fits = given == predicted.without_axis(predicted.rank() - 1);
    }
    if (fits) return;
    fail(fmt::format("expected {}, got values {} for predictions {}",
                     options_.is_of_batch ? "a value [] for the batch"
                     : options_.by_vector ? "a value for each vector"
                                          : "a value for each row",
                     given.str(), predicted.str()));
  }

  /// Floats in double; indices of classes as they are.
  static Tensor in_double(const Tensor& x) { return x.dtype() == DType::i32 ? x : x.cast(DType::f64); }

  /// Of the loss as a function of what predictions are made of.
  void check_derivative(const Tensor& at, std::string_view by, const std::function<Flow(Var)>& predicted) const {
    const Tensor targets = in_double(ScoredRows(true_, pred_, options_, kFewRows).targets);
    const GradientCheck found = check_gradients(
        [&](Tape& tape, std::span<const Var> x) { return loss_(tape.constant(targets), predicted(x[0])); }, {at},
        {.step = options_.step, .tolerance = options_.tolerance});
    if (!found) fail(fmt::format("derivative by {}: {}", by, found.message));
  }

  void check_derivatives() const {
    const Tensor y = in_double(ScoredRows(true_, pred_, options_, kFewRows).predictions);
    check_derivative(y, "predictions", [](Var x) { return Flow(x); });
    if (options_.predictions == Drawn::shares) {
      check_logits(
          y, [](double p) { return plain_log(p / (1 - p)); },
          [](Var x) { return Flow(sigmoid(x), {}, Flow::Of::sigmoid, x); });
    }
    if (options_.predictions == Drawn::distributions) {
      check_logits(
          y, [](double p) { return plain_log(p); }, [](Var x) { return Flow(softmax(x), {}, Flow::Of::softmax, x); });
    }
  }

  /// Predictions that come with the logits x that they are made of.
  void check_logits(const Tensor& predictions, double (*logit)(double),
                    const std::function<Flow(Var)>& predicted) const {
    Tensor x = predictions.clone(), far = predictions.clone();
    for (double& element : x.data<double>()) element = logit(element);
    check_derivative(x, "logits", predicted);
    constexpr double kMost = 1e-6;  // of what clipping shares to [1e-7, 1 - 1e-7] may change
    const Tensor expected = of_logits(x, [&](Var logits) { return Flow(predicted(logits).value); })[0];
    const Tensor found = of_logits(x, predicted)[0];
    for (int64_t i = 0; i < expected.size(); ++i) {
      if (std::abs(found.at(i) - expected.at(i)) <= kMost * std::max(1.0, std::abs(expected.at(i)))) continue;
      fail(fmt::format("with logits it is {}, without {} at element {}", found.at(i), expected.at(i), i));
    }
    for (double& element : far.data<double>()) element = element > 0.5 ? 300 : -300;
    check_finite(who_, of_logits(far, predicted));
  }

  /// Values, and the gradient of their sum by the logits.
  std::vector<Tensor> of_logits(const Tensor& logits, const std::function<Flow(Var)>& predicted) const {
    Tape tape;
    const Tensor targets = in_double(ScoredRows(true_, pred_, options_, kFewRows).targets);
    const Var x = tape.parameter(logits), values = loss_(tape.constant(targets), predicted(x));
    return tape.compile({values, tape.gradient(sum(values), x)}).run();
  }

  void check_reductions() const {
    check_batch(loss_, loss_.described().reduction());
    if (!options_.has_config) return;
    for (const char* reduction : {"sum", "sum_over_batch_size", "mean", "mean_with_sample_weight"}) {
      const Config word = Config::parse("\"" + std::string(reduction) + "\"");
      Loss reduced;
      try {
        reduced = Loss::from_config(with_argument(loss_.config(), "reduction", word));
      } catch (const ValueError&) {
        return;  // a loss that has one reduction
      }
      check_batch(reduced, reduction);
    }
  }

  void check_batch(const Loss& loss, const Reduction& reduction) const {
    if (!reduction || *reduction == "none") return;
    for (const bool is_weighted : {false, true}) {
      for (const bool is_masked : {false, true}) {
        if (is_masked && !rows_.mask) continue;
        check_sum(loss, *reduction, is_weighted, is_masked);
      }
    }
  }

  void check_sum(const Loss& loss, const std::string& reduction, bool is_weighted, bool is_masked) const {
    constexpr double kRounding = 1e-12;
    const Tensor t = in_double(rows_.targets), y = in_double(rows_.predictions);
    Tape tape;
    const Type pred{y.dtype(), pred_.shape};
    const Var t_of = tape.input(true_.shape, t.dtype()), y_of = tape.input(pred.shape, pred.dtype),
              weight = tape.input({rows}), mask = is_masked ? tape.input({rows, pred_.shape[1]}) : Var{};
    const Flow predicted(y_of, mask);
    const Var values = loss(t_of, predicted), valid = loss.valid(t_of, predicted),
              batch = loss.of_batch(t_of, predicted, is_weighted ? weight : Var{}).value();
    std::vector<Var> outputs{batch, values}, inputs{t_of, y_of, weight};
    if (valid) outputs.push_back(valid);
    if (is_masked) inputs.push_back(mask);
    const Program program = tape.compile({.outputs = outputs, .inputs = inputs});
    std::vector<Tensor> fed{t, y, rows_.weights};
    if (is_masked) fed.push_back(rows_.mask);
    const std::vector<Tensor> found = program.run(fed);
    const Sum expected = sum_of(found[1], valid ? found[2] : Tensor{}, is_weighted, reduction);
    const auto require = [&](double got, std::string_view when) {
      if (std::abs(got - expected.value) <= kRounding * expected.size) return;
      fail(fmt::format("reduction {}{}{}{}: {}, its values give {}", reduction, is_weighted ? ", weighted" : "",
                       is_masked ? ", masked" : "", when, got, expected.value));
    };
    require(found[0].item(), "");
    if (!options_.of_row_alone) return;
    const auto require_left_out = [&](const Tensor& predictions, std::string_view when) {
      fed[1] = in_double(predictions);
      require(program.run(fed)[0].item(), when);
    };
    if (is_weighted) require_left_out(rows_.without_unweighted(), ", predictions of weight 0 being NaN");
    if (is_masked) require_left_out(rows_.without_masked(), ", masked predictions being NaN");
  }

  struct Sum {
    double value, size;
  };

  /// As Keras reduces values, which are [rows, ...], valid, [rows, ...] of as many axes or fewer, and weighted by row.
  Sum sum_of(const Tensor& values, const Tensor& valid, bool is_weighted, const std::string& reduction) const {
    double total = 0, size = 0, count = 0, weight_of_valid = 0, weight_of_all = 0;
    const int64_t in_row = values.size() / kManyRows, in_valid = valid ? values.size() / valid.size() : 1;
    for (int64_t i = 0; i < values.size(); ++i) {
      const double weight = is_weighted ? rows_.weights.at(i / in_row) : 1;
      const double counts = valid ? valid.at(i / in_valid) : 1;
      total += weight * counts * values.at(i);
      size += weight * counts * std::abs(values.at(i));
      count += counts;
      weight_of_valid += weight * counts / static_cast<double>(in_valid);
    }
    for (int64_t i = 0; i < kManyRows; ++i) weight_of_all += rows_.weights.at(i);
    double divisor = count;
    if (reduction == "sum") divisor = 1;
    if (reduction == "mean_with_sample_weight" && is_weighted) divisor = valid ? weight_of_valid : weight_of_all;
    return {total / divisor, size / divisor};
  }

  const Loss& loss_;
  std::string who_;
  const Type &true_, &pred_;
  const ScoreCheckOptions& options_;
  ScoredRows rows_;
};

}  // namespace

void check_loss(const Loss& loss, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options) {
  LossCheck(loss, y_true, y_pred, options).run();
}

}  // namespace reel
