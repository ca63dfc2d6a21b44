// F scores: precision and recall in one number (keras.metrics).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"

namespace reel {

/// (1 + beta^2) p r / (beta^2 p + r) for precision p and recall r of each class of [rows, classes]: as a list, or, if
/// `average` says so, their mean ("macro"), weighted by how often a class is right ("weighted"), or the score of all
/// classes taken together ("micro"). An output is positive above the threshold, or, without one, if it is the largest
/// of its row and not 0. keras.metrics.FBetaScore.
struct FBetaScore {
  std::optional<std::string> average = std::nullopt;
  double beta = 1;
  std::optional<double> threshold = std::nullopt;
  std::string name = "fbeta_score";
  static constexpr std::string_view class_name = "FBetaScore";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// FBetaScore of beta = 1. keras.metrics.F1Score.
struct F1Score {
  std::optional<std::string> average = std::nullopt;
  std::optional<double> threshold = std::nullopt;
  std::string name = "f1_score";
  static constexpr std::string_view class_name = "F1Score";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

}  // namespace reel
