#include "models/plain_losses.h"

#include <algorithm>
#include <cmath>

namespace reel::testing {
namespace {

constexpr double kEpsilon = 1e-7;

template <class F>
double total(const Numbers& t, const Numbers& y, F&& f) {
  double sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += f(t[i], y[i]);
  return sum;
}

/// The mean over a vector of a function of two numbers.
auto mean_of(double (*f)(double t, double y)) {
  return [f](const Numbers& t, const Numbers& y) { return total(t, y, f) / static_cast<double>(y.size()); };
}

double cosine(const Numbers& t, const Numbers& y) {
  const auto dot = [](const Numbers& a, const Numbers& b) {
    return total(a, b, [](double p, double q) { return p * q; });
  };
  return dot(t, y) / std::sqrt(dot(t, t) * dot(y, y));
}

double categorical_hinge(const Numbers& t, const Numbers& y) {
  double positive = 0, negative = (1 - t[0]) * y[0];
  for (size_t i = 0; i < y.size(); ++i) {
    positive += t[i] * y[i];
    negative = std::max(negative, (1 - t[i]) * y[i]);
  }
  return std::max(negative - positive + 1, 0.0);
}

double hinge(double t, double y) { return std::max(1 - t * y, 0.0); }

size_t first_largest(const Numbers& x) { return static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin()); }

double categorical_accuracy(const Numbers& t, const Numbers& y) { return first_largest(t) == first_largest(y); }

double sparse_accuracy(const Numbers& t, const Numbers& y) { return t[0] == static_cast<double>(first_largest(y)); }

}  // namespace

double plain_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Numbers plain_softmax(const Numbers& x) {
  double sum = 0;
  for (const double element : x) sum += std::exp(element);
  Numbers shares;
  for (const double element : x) shares.push_back(std::exp(element) / sum);
  return shares;
}

Numbers plain_one_hot(const Numbers& t, size_t count) {
  Numbers hot(count, 0.0);
  hot[static_cast<size_t>(t[0])] = 1;
  return hot;
}

double plain_binary_crossentropy(const Numbers& t, const Numbers& p, double smoothing) {
  const auto f = [=](double target, double share) {
    const double soft = target * (1 - smoothing) + 0.5 * smoothing;
    return -(soft * std::log(share) + (1 - soft) * std::log(1 - share));
  };
  return total(t, p, f) / static_cast<double>(p.size());
}

double plain_categorical_crossentropy(const Numbers& t, const Numbers& y, double smoothing) {
  double sum = 0;
  for (const double element : y) sum += element;
  const double classes = static_cast<double>(y.size());
  return total(t, y, [=](double target, double share) {
    return -(target * (1 - smoothing) + smoothing / classes) * std::log(share / sum);
  });
}

const std::vector<PlainLoss>& plain_losses() {
  static const std::vector<PlainLoss> losses = {
      {"binary_crossentropy", Of::bits, Of::shares,
       [](const Numbers& t, const Numbers& y) { return plain_binary_crossentropy(t, y); }},
      {"categorical_crossentropy", Of::one_hot, Of::positive,
       [](const Numbers& t, const Numbers& y) { return plain_categorical_crossentropy(t, y); }},
      {"binary_focal_crossentropy", Of::bits, Of::shares, mean_of([](double t, double y) {
         const double right = t * y + (1 - t) * (1 - y);
         return -std::pow(1 - right, 2) * std::log(right);
       })},
      {"categorical_focal_crossentropy", Of::one_hot, Of::positive,
       [](const Numbers& t, const Numbers& y) {
         const double sum = y[0] + y[1] + y[2];
         return total(t, y, [=](double target, double share) {
           return -0.25 * std::pow(1 - share / sum, 2) * target * std::log(share / sum);
         });
       }},
      {"sparse_categorical_crossentropy", Of::classes, Of::positive,
       [](const Numbers& t, const Numbers& y) {
         return plain_categorical_crossentropy(plain_one_hot(t, y.size()), y);
       }},
      {"categorical_generalized_cross_entropy", Of::classes, Of::shares,
       [](const Numbers& t, const Numbers& y) { return (1 - std::sqrt(y[static_cast<size_t>(t[0])])) / 0.5; }},
      {"mean_squared_error", Of::numbers, Of::numbers, mean_of([](double t, double y) { return (t - y) * (t - y); })},
      {"mean_absolute_error", Of::numbers, Of::numbers, mean_of([](double t, double y) { return std::abs(t - y); })},
      {"mean_absolute_percentage_error", Of::positive, Of::numbers,
       mean_of([](double t, double y) { return 100 * std::abs(t - y) / std::max(std::abs(t), kEpsilon); })},
      {"mean_squared_logarithmic_error", Of::positive, Of::positive,
       mean_of([](double t, double y) { return std::pow(std::log(y + 1) - std::log(t + 1), 2); })},
      {"huber", Of::numbers, Of::numbers, mean_of([](double t, double y) {
         const double error = std::abs(y - t);
         return error <= 1 ? error * error / 2 : error - 0.5;
       })},
      {"log_cosh", Of::numbers, Of::numbers, mean_of([](double t, double y) { return std::log(std::cosh(y - t)); })},
      {"poisson", Of::positive, Of::positive,
       mean_of([](double t, double y) { return y - t * std::log(y + kEpsilon); })},
      {"kl_divergence", Of::distributions, Of::distributions,
       [](const Numbers& t, const Numbers& y) {
         return total(t, y, [](double p, double q) { return p * std::log(p / q); });
       }},
      {"cosine_similarity", Of::numbers, Of::numbers, [](const Numbers& t, const Numbers& y) { return -cosine(t, y); }},
      {"hinge", Of::signs, Of::numbers, mean_of(hinge)},
      {"squared_hinge", Of::bits, Of::numbers,
       mean_of([](double t, double y) { return std::pow(hinge(2 * t - 1, y), 2); })},
      {"categorical_hinge", Of::one_hot, Of::numbers, categorical_hinge},
  };
  return losses;
}

const std::vector<PlainLoss>& plain_metrics() {
  static const std::vector<PlainLoss> metrics = {
      {"cosine_similarity", Of::numbers, Of::numbers, cosine},
      {"log_cosh_error", Of::numbers, Of::numbers,
       mean_of([](double t, double y) { return std::log(std::cosh(y - t)); })},
      {"Accuracy", Of::one_hot, Of::shares, categorical_accuracy},  // by that name
      {"top_k_categorical_accuracy", Of::one_hot, Of::shares, [](const Numbers&, const Numbers&) { return 1.0; }},
      {"sparse_top_k_categorical_accuracy", Of::classes, Of::shares,
       [](const Numbers&, const Numbers&) { return 1.0; }},
      {"binary_accuracy", Of::bits, Of::shares,
       mean_of([](double t, double y) { return t == (y > 0.5 ? 1.0 : 0.0) ? 1.0 : 0.0; })},
      {"categorical_accuracy", Of::one_hot, Of::shares, categorical_accuracy},
      {"sparse_categorical_accuracy", Of::classes, Of::shares, sparse_accuracy},
      {"accuracy", Of::one_hot, Of::shares, categorical_accuracy},
  };
  return metrics;
}

}  // namespace reel::testing
