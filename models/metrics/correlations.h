// How far predictions go along with targets (keras.metrics).
#pragma once

#include <string>
#include <string_view>

#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"
#include "reel/ops/ops.h"

namespace reel {

/// The mean over vectors along an axis, the last unless said otherwise, of (t - mean t)(y - mean y) / (deviation of t
/// times that of y): 1 where one is a rising line of the other. keras.metrics.PearsonCorrelation.
struct PearsonCorrelation {
  int64_t axis = -1;
  std::string name = "pearson_correlation";
  static constexpr std::string_view class_name = "PearsonCorrelation";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// The same of 2 (t - mean y)(y - mean y) / (variance of t + that of y + (mean t - mean y)^2 + 1e-7): 1 where they are
/// equal. keras.metrics.ConcordanceCorrelation.
struct ConcordanceCorrelation {
  int64_t axis = -1;
  std::string name = "concordance_correlation";
  static constexpr std::string_view class_name = "ConcordanceCorrelation";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
