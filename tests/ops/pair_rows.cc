// Rows of the ops of pairs of a batch's rows: ops/pairs.cc.
#include "reel/ops/pairs.h"

#include <cmath>

#include "ops/op_rows.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr CircleOptions kClose{.gamma = 0.5, .margin = 0.25, .remove_diagonal = true},
    kWithOwn{.gamma = 0.75, .margin = 0.5, .remove_diagonal = false};

/// log of a sum of exponentials of what pairs of one kind come to.
double term(const Arrays& x, size_t i, bool same, const CircleOptions& options) {
  const size_t count = x[1].values.size(), width = x[0].values.size() / count;
  double sum = 0;
  for (size_t j = 0; j < count; ++j) {
    if ((x[1].values[i] == x[1].values[j]) != same || (same && options.remove_diagonal && i == j)) continue;
    double dot = 0;
    for (size_t k = 0; k < width; ++k) dot += x[0].values[i * width + k] * x[0].values[j * width + k];
    const double d = std::fmax(1 - dot, 0), m = options.margin;
    const double far = std::fmax(1 + m - d, 0) * (1 - m - d);
    sum += std::exp(options.gamma * (same ? d * d - m * m : far));
  }
  return std::log(sum);
}

Array terms(const Arrays& x, const CircleOptions& options) {
  Array y = Array::zeros({x[1].dims[0], 2});
  for (size_t i = 0; i < y.values.size(); ++i) {
    y.values[i] = term(x, i / 2, i % 2 == 0, options);
    y.scale.push_back(1 + std::fabs(y.values[i]));  // the logarithm of a sum near 1 keeps the sum's error
  }
  return y;
}

/// Of each row, sums over partners of what a term's slope gives both rows of a pair.
Array gradient(const Arrays& x, const CircleOptions& options) {
  const Array of = terms(x, options);
  const size_t count = x[1].values.size(), width = x[0].values.size() / count;
  Array y = Array::zeros(x[0].dims);
  y.scale.assign(y.values.size(), 0);
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) {
      const bool same = x[1].values[i] == x[1].values[j];
      if (same && options.remove_diagonal && i == j) continue;
      double dot = 0;
      for (size_t k = 0; k < width; ++k) dot += x[0].values[i * width + k] * x[0].values[j * width + k];
      const double d = std::fmax(1 - dot, 0), m = options.margin, gamma = options.gamma;
      if (dot >= 1 || (!same && d > 1 + m)) continue;
      const double value = gamma * (same ? d * d - m * m : (1 + m - d) * (1 - m - d));
      const double slope = gamma * 2 * (same ? -d : 1 - d);
      const auto share = [&](size_t row) {
        const size_t at = 2 * row + (same ? 0 : 1);
        return x[2].values[at] * std::exp(value - of.values[at]);
      };
      for (size_t k = 0; k < width; ++k) {
        const double along = (share(i) + share(j)) * x[0].values[j * width + k];
        y.values[i * width + k] += slope * along;
        // An exponent's error is one of its value, and that of a distance, 1 - dot, one of 1.
        y.scale[i * width + k] += 2 * gamma * (1 + d) * std::fabs(along) * (1 + std::fabs(value));
      }
    }
  }
  return y;
}

}  // namespace

void add_pairs(std::vector<OpRow>& table) {
  for (const CircleOptions& options : {kClose, kWithOwn}) {
    // Few rows may leave one without a partner, whose term is log 0.
    const std::vector<Sample> of_terms =
        options.remove_diagonal ? std::vector<Sample>{{{12, 3}, {12}}, {{6, 2}, {6}}}
                                : std::vector<Sample>{{{rows, 3}, {rows}}, {{rows, 8}, {rows}}, {{6, 2}, {6}}};
    OpRow row{"circle_terms",
              [options](Vars x) { return cast(circle_terms(x[0], x[1], options), x[0].dtype()); },
              of_terms,
              [options](const Arrays& x) { return terms(x, options); },
              2,
              {-0.75, 0.75},
              {-0.75, 0.75}};
    row.order = -1;  // pairs_test.cc, where each row has partners of both kinds
    row.ids = 1;
    row.id_bound = 2;
    table.push_back(row);
    OpRow adjoint{"circle_gradient",
                  [options](Vars x) {
                    const Var terms = circle_terms(x[0], x[1], options);
                    return circle_gradient(x[0], x[1], terms, cast(x[2], DType::f64), options);
                  },
                  {{{rows, 3}, {rows}, {rows, 2}}, {{6, 2}, {6}, {6, 2}}},
                  [options](const Arrays& x) { return gradient(x, options); },
                  2,
                  {-0.75, 0.75}};
    adjoint.order = -1;  // it has none
    adjoint.ids = 1;
    adjoint.id_bound = 2;
    table.push_back(adjoint);
  }
}

}  // namespace reel::testing
