// Losses and metrics in plain loops over doubles, as their formulas say. Nothing here is the library's.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace reel::testing {

using Numbers = std::vector<double>;

/// What targets and predictions of a loss are made of.
enum class Of { numbers, positive, shares, bits, signs, distributions, one_hot, classes };

/// A loss, or a metric, of one vector of targets and one of predictions; classes are a vector of one index.
struct PlainLoss {
  std::string name;  ///< by which the library knows it
  Of targets, predictions;
  std::function<double(const Numbers& t, const Numbers& y)> value;
};

double plain_binary_crossentropy(const Numbers& t, const Numbers& p, double smoothing = 0);
double plain_categorical_crossentropy(const Numbers& t, const Numbers& y, double smoothing = 0);
/// The share of each among all, exp(x) / sum of exp(x).
Numbers plain_softmax(const Numbers& x);
double plain_sigmoid(double x);
/// 1 for the class that `t` holds among `count`, 0 for the others.
Numbers plain_one_hot(const Numbers& t, size_t count);

/// One of every loss, with its default options.
const std::vector<PlainLoss>& plain_losses();
/// Metrics that are no losses, or another than the loss of their name.
const std::vector<PlainLoss>& plain_metrics();

}  // namespace reel::testing
