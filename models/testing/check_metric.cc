#include "reel/models/testing/check_metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"

namespace reel {
namespace {

using Tensors = std::vector<Tensor>;

bool is_whole(const Tensor& values) {
  for (int64_t i = 0; i < values.size(); ++i) {
    if (std::trunc(values.at(i)) != values.at(i)) return false;
  }
  return true;
}

/// Each row as often as its weight says.
Tensor copies(const Tensor& values, const Tensor& weights) {
  const Tensor all = values.cast(DType::f64);
  const int64_t in_row = all.size() / weights.size();
  std::vector<double> taken;
  int64_t count = 0;
  for (int64_t row = 0; row < weights.size(); ++row) {
    for (double left = weights.at(row); left > 0; --left, ++count) {
      for (int64_t i = 0; i < in_row; ++i) taken.push_back(all.at(row * in_row + i));
    }
  }
  return Tensor::of(all.shape().with_lead(count), taken).cast(values.dtype());
}

/// A metric's sums, as a program computes them for any number of rows.
class Summed {
 public:
  enum class With : uint8_t { nothing, weights, mask };

  Summed(const Metric& metric, const Type& y_true, const Type& y_pred, With with) {
    std::vector<Var> inputs{tape_.input(y_true.shape, y_true.dtype), tape_.input(y_pred.shape, y_pred.dtype)};
    if (with == With::weights) inputs.push_back(tape_.input({rows}));
    if (with == With::mask) inputs.push_back(tape_.input({rows, y_pred.shape[1]}));
    const Flow predicted(inputs[1], with == With::mask ? inputs[2] : Var{});
    const std::vector<Var> sums = metric.sums(inputs[0], predicted, with == With::weights ? inputs[2] : Var{});
    program_ = tape_.compile({.outputs = sums, .inputs = inputs});
  }

  Tensors of(const Tensors& fed) const { return program_.run(fed); }
  Tensors of(const Tensors& fed, int64_t begin, int64_t end) const {
    Tensors part;
    for (const Tensor& tensor : fed) part.push_back(tensor.slice_rows(begin, end));
    return of(part);
  }

 private:
  Tape tape_;
  Program program_;
};

class MetricCheck {
 public:
  MetricCheck(const Metric& metric, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options)
      : metric_(metric),
        who_("metric \"" + metric.name() + "\""),
        true_(y_true),
        pred_(y_pred),
        options_(options),
        rows_(y_true, y_pred, options, kManyRows),
        fed_{rows_.targets, rows_.predictions},
        plain_(metric, y_true, y_pred, Summed::With::nothing),
        all_(plain_.of(fed_)) {}

  void run() const {
    check_finite(who_, all_);
    check_finite(who_, {metric_.result(all_)});
    if (options_.has_config) {
      const Metric again = check_config(who_, metric_);
      check_same(who_, "made of its config", all_, Summed(again, true_, pred_, Summed::With::nothing).of(fed_));
      check_same(who_, "made of its config", {metric_.result(all_)}, {again.result(all_)});
    }
    reel::check_threads(who_, [&] { return plain_.of(fed_); });
    check_no_rows();
    if (options_.is_of_batch) return;
    for (const int64_t batch_size : {1, 32, 250, 1000}) check_batches(batch_size);
    check_weights();
    if (rows_.mask) check_mask();
  }

 private:
  /// As training adds them up.
  void check_batches(int64_t batch_size) const {
    constexpr double kRounding = 1e-12;
    Tensors totals, sizes;
    for (const Tensor& sum : all_) totals.push_back(Tensor::zeros(sum.shape(), DType::f64));
    for (const Tensor& sum : all_) sizes.push_back(Tensor::zeros(sum.shape(), DType::f64));
    for (int64_t begin = 0; begin < kManyRows; begin += batch_size) {
      const Tensors of_batch = plain_.of(fed_, begin, std::min(begin + batch_size, kManyRows));
      for (size_t i = 0; i < totals.size(); ++i) {
        for (int64_t k = 0; k < totals[i].size(); ++k) {
          totals[i].data<double>()[static_cast<size_t>(k)] += of_batch[i].at(k);
          sizes[i].data<double>()[static_cast<size_t>(k)] += std::abs(of_batch[i].at(k));
        }
      }
    }
    for (size_t i = 0; i < totals.size(); ++i) {
      const double most = is_whole(all_[i]) ? 0 : kRounding;
      for (int64_t k = 0; k < totals[i].size(); ++k) {
        if (std::abs(totals[i].at(k) - all_[i].at(k)) <= most * sizes[i].at(k)) continue;
        throw CheckError(who_, fmt::format("sum {} of all rows is {}, of batches of {} together {} at element {}", i,
                                           all_[i].at(k), batch_size, totals[i].at(k), k));
      }
    }
    check_result(totals, metric_.result(all_), fmt::format("of batches of {}", batch_size));
  }

  void check_result(const Tensors& totals, const Tensor& expected, const std::string& of) const {
    constexpr double kMost = 1e-9;  // that results differ by, relative to what is not below 1
    const Tensor found = metric_.result(totals);
    for (int64_t i = 0; i < expected.size(); ++i) {
      const double size = std::max(1.0, std::abs(expected.at(i)));
      if (found.size() == expected.size() && std::abs(found.at(i) - expected.at(i)) <= kMost * size) continue;
      throw CheckError(who_, fmt::format("result {} is {}, expected {}, at element {}", of,
                                         i < found.size() ? found.at(i) : std::nan(""), expected.at(i), i));
    }
  }

  void check_no_rows() const {
    Tensors none;
    for (const Tensor& sum : all_) none.push_back(Tensor::zeros(sum.shape(), DType::f64));
    const Tensor found = metric_.result(none);
    for (int64_t i = 0; i < found.size(); ++i) {
      const double value = found.at(i), expected = options_.of_no_rows;
      if (value == expected || (std::isnan(value) && std::isnan(expected))) continue;
      throw CheckError(who_, fmt::format("result of no rows is {}, expected {}", value, expected));
    }
  }

  void check_weights() const {
    const Summed weighted(metric_, true_, pred_, Summed::With::weights);
    check_result(weighted.of({fed_[0], fed_[1], Tensor::ones({kManyRows})}), metric_.result(all_), "by weights of 1");
    if (!options_.takes_copies) return;
    const Tensors copied = plain_.of({copies(fed_[0], rows_.weights), copies(fed_[1], rows_.weights)});
    const Tensor expected = metric_.result(copied);
    check_result(weighted.of({fed_[0], fed_[1], rows_.weights}), expected,
                 "by weights, for which copies of rows stand,");
    check_result(weighted.of({fed_[0], rows_.without_unweighted(), rows_.weights}), expected,
                 "where predictions of weight 0 are NaN");
  }

  void check_mask() const {
    const Summed masked(metric_, true_, pred_, Summed::With::mask);
    const Tensor expected = metric_.result(masked.of({fed_[0], fed_[1], rows_.mask}));
    check_finite(who_, {expected});
    check_result(masked.of({fed_[0], rows_.without_masked(), rows_.mask}), expected,
                 "where masked predictions are NaN");
  }

  const Metric& metric_;
  std::string who_;
  const Type &true_, &pred_;
  const ScoreCheckOptions& options_;
  ScoredRows rows_;
  Tensors fed_;
  Summed plain_;
  Tensors all_;
};

}  // namespace

void check_metric(const Metric& metric, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options) {
  MetricCheck(metric, y_true, y_pred, options).run();
}

}  // namespace reel
