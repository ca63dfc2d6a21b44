#include "models/plain_layers.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace reel::testing {
namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// x [n] times columns [begin, begin + count) of a matrix [n, width].
Numbers times(const Numbers& x, const Array& matrix, size_t begin, size_t count) {
  const size_t width = static_cast<size_t>(matrix.dims[1]);
  Numbers y(count, 0.0);
  for (size_t j = 0; j < count; ++j) {
    for (size_t i = 0; i < x.size(); ++i) y[j] += x[i] * matrix.values[i * width + begin + j];
  }
  return y;
}

Numbers plus(Numbers a, const Numbers& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// Elements [begin, begin + count) of a bias.
Numbers part(const Array& bias, size_t begin, size_t count) {
  const auto first = bias.values.begin() + static_cast<ptrdiff_t>(begin);
  return {first, first + static_cast<ptrdiff_t>(count)};
}

/// Elements of one step of one row.
Numbers vector_at(const Array& x, int64_t row, int64_t t) {
  const int64_t steps = x.dims[1], size = x.dims[2];
  const auto first = x.values.begin() + (row * steps + t) * size;
  return {first, first + size};
}

}  // namespace

Array unrolled(const Array& x, const Array* mask, size_t states, int64_t units, const PlainSequence& options,
               const PlainStep& step) {
  const int64_t row_count = x.dims[0], steps = x.dims[1];
  Array y = Array::zeros({row_count, units});
  if (options.return_sequences) y = Array::zeros({row_count, steps, units});
  for (int64_t row = 0; row < row_count; ++row) {
    std::vector<Numbers> now(states, Numbers(static_cast<size_t>(units), 0.0));
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t t = options.go_backwards ? steps - 1 - i : i;
      const bool is_valid = mask == nullptr || mask->values[static_cast<size_t>(row * steps + t)] != 0;
      if (is_valid) now = step(vector_at(x, row, t), now);
      const int64_t place = options.return_sequences ? row * steps + i : row;
      std::copy(now[0].begin(), now[0].end(), y.values.begin() + place * units);
    }
  }
  return y;
}

PlainStep plain_simple_rnn(const Arrays& weights) {
  return [weights](const Numbers& x, const std::vector<Numbers>& states) {
    const size_t units = states[0].size();
    Numbers h = plus(plus(times(x, weights[0], 0, units), times(states[0], weights[1], 0, units)), weights[2].values);
    for (double& element : h) element = std::tanh(element);
    return std::vector<Numbers>{h};
  };
}

PlainStep plain_lstm(const Arrays& weights) {
  return [weights](const Numbers& x, const std::vector<Numbers>& states) {
    const size_t units = states[0].size();
    const auto gate = [&](size_t which) {
      const size_t begin = which * units;
      return plus(plus(times(x, weights[0], begin, units), times(states[0], weights[1], begin, units)),
                  part(weights[2], begin, units));
    };
    const Numbers in = gate(0), forget = gate(1), candidate = gate(2), out = gate(3);
    Numbers h(units), c(units);
    for (size_t u = 0; u < units; ++u) {
      c[u] = sigmoid_of(forget[u]) * states[1][u] + sigmoid_of(in[u]) * std::tanh(candidate[u]);
      h[u] = sigmoid_of(out[u]) * std::tanh(c[u]);
    }
    return std::vector<Numbers>{h, c};
  };
}

PlainStep plain_gru(const Arrays& weights, bool reset_after) {
  return [weights, reset_after](const Numbers& x, const std::vector<Numbers>& states) {
    const Numbers& h = states[0];
    const size_t units = h.size();
    const auto from_x = [&](size_t which) {
      return plus(times(x, weights[0], which * units, units), part(weights[2], which * units, units));
    };
    const auto from_h = [&](const Numbers& state, size_t which) {
      const Numbers product = times(state, weights[1], which * units, units);
      return reset_after ? plus(product, part(weights[2], (3 + which) * units, units)) : product;
    };
    const Numbers z = plus(from_x(0), from_h(h, 0)), r = plus(from_x(1), from_h(h, 1));
    Numbers reset(units), next(units);
    for (size_t u = 0; u < units; ++u) reset[u] = sigmoid_of(r[u]) * h[u];
    const Numbers recurrent = from_h(reset_after ? h : reset, 2), input = from_x(2);
    for (size_t u = 0; u < units; ++u) {
      const double share = sigmoid_of(z[u]), factor = reset_after ? sigmoid_of(r[u]) : 1;
      next[u] = share * h[u] + (1 - share) * std::tanh(input[u] + factor * recurrent[u]);
    }
    return std::vector<Numbers>{next};
  };
}

Array plain_dense(const Array& x, const Arrays& weights, double (*activation)(double)) {
  const int64_t features = x.dims.back(), units = weights[0].dims[1], count = x.product(0, x.rank() - 1);
  std::vector<int64_t> dims = x.dims;
  dims.back() = units;
  Array y = Array::zeros(dims);
  for (int64_t i = 0; i < count; ++i) {
    const Numbers vector(x.values.begin() + i * features, x.values.begin() + (i + 1) * features);
    Numbers z = times(vector, weights[0], 0, static_cast<size_t>(units));
    if (weights.size() > 1) z = plus(z, weights[1].values);
    std::transform(z.begin(), z.end(), y.values.begin() + i * units, activation);
  }
  return y;
}

}  // namespace reel::testing
