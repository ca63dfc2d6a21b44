// Arrays of double and plain loops over them: the reference that ops are held against. Nothing here uses the library's
// own kernels.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace reel::testing {

struct Array {
  std::vector<int64_t> dims;
  std::vector<double> values;
  /// What an error of an element is measured against; its own size if empty. For sums, that of what was summed.
  std::vector<double> scale = {};

  static int64_t count(const std::vector<int64_t>& dims) {
    int64_t n = 1;
    for (const int64_t dim : dims) n *= dim;
    return n;
  }
  static Array zeros(const std::vector<int64_t>& dims) {
    return {dims, std::vector<double>(static_cast<size_t>(count(dims)), 0.0)};
  }
  int rank() const { return static_cast<int>(dims.size()); }
  /// Product of extents of axes [begin, end).
  int64_t product(int begin, int end) const {
    return count(std::vector<int64_t>(dims.begin() + begin, dims.begin() + end));
  }
  double scale_at(size_t i) const { return scale.empty() ? std::abs(values[i]) : scale[i]; }
};

using Arrays = std::vector<Array>;
using Reference = std::function<Array(const Arrays&)>;

/// Extents after NumPy's broadcasting; the arrays must fit.
inline std::vector<int64_t> broadcast_dims(const Arrays& x) {
  std::vector<int64_t> dims;
  for (const Array& a : x) {
    if (a.dims.size() > dims.size()) dims.insert(dims.begin(), a.dims.size() - dims.size(), 1);
    for (size_t axis = 0; axis < a.dims.size(); ++axis) {
      int64_t& dim = dims[dims.size() - a.dims.size() + axis];
      dim = dim == 1 ? a.dims[axis] : dim;
    }
  }
  return dims;
}

/// Where element `flat` of an array of `dims` is found in `a`, broadcast.
inline size_t source_of(const Array& a, const std::vector<int64_t>& dims, int64_t flat) {
  int64_t index = 0, stride = 1;
  for (size_t back = 1; back <= dims.size(); ++back) {
    const int64_t dim = dims[dims.size() - back], at = flat % dim;
    flat /= dim;
    if (back > a.dims.size()) continue;
    const int64_t own = a.dims[a.dims.size() - back];
    if (own != 1) index += at * stride;
    stride *= own;
  }
  return static_cast<size_t>(index);
}

/// y[i] = f(x0[i], x1[i], ...), with broadcasting; f takes the elements as a vector.
inline Reference each(std::function<double(const std::vector<double>&)> f) {
  return [f = std::move(f)](const Arrays& x) {
    Array y = Array::zeros(broadcast_dims(x));
    std::vector<double> elements(x.size());
    for (size_t i = 0; i < y.values.size(); ++i) {
      for (size_t k = 0; k < x.size(); ++k) elements[k] = x[k].values[source_of(x[k], y.dims, static_cast<int64_t>(i))];
      y.values[i] = f(elements);
    }
    return y;
  };
}
inline Reference unary(double (*f)(double)) {
  return each([f](const std::vector<double>& x) { return f(x[0]); });
}
inline Reference binary(double (*f)(double, double)) {
  return each([f](const std::vector<double>& x) { return f(x[0], x[1]); });
}

/// Elements regrouped: y[i] = x0[from(i)], under other extents.
inline Array move_elements(const Array& x, const std::vector<int64_t>& dims,
                           const std::function<int64_t(int64_t)>& from) {
  Array y = Array::zeros(dims);
  for (size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = x.values[static_cast<size_t>(from(static_cast<int64_t>(i)))];
  return y;
}

/// Folds axis `axis` away: y = step over the axis, starting with its first element; scale is the sum of sizes.
inline Array fold_axis(const Array& x, int axis, double (*step)(double, double)) {
  const int64_t outer = x.product(0, axis), n = x.dims[axis], inner = x.product(axis + 1, x.rank());
  std::vector<int64_t> dims = x.dims;
  dims.erase(dims.begin() + axis);
  Array y = Array::zeros(dims);
  y.scale.assign(y.values.size(), 0);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t j = 0; j < inner; ++j) {
      const size_t to = static_cast<size_t>(o * inner + j);
      for (int64_t i = 0; i < n; ++i) {
        const size_t at = static_cast<size_t>((o * n + i) * inner + j);
        y.values[to] = i == 0 ? x.values[at] : step(y.values[to], x.values[at]);
        y.scale[to] += x.scale_at(at);
      }
    }
  }
  return y;
}

/// C[m, n] = sum over p of a(m, p) b(p, n).
inline Array product(int64_t m, int64_t n, int64_t k, const std::function<double(int64_t, int64_t)>& a,
                     const std::function<double(int64_t, int64_t)>& b) {
  Array c = Array::zeros({m, n});
  c.scale.assign(c.values.size(), 0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t p = 0; p < k; ++p) {
        const double term = a(i, p) * b(p, j);
        c.values[static_cast<size_t>(i * n + j)] += term;
        c.scale[static_cast<size_t>(i * n + j)] += std::abs(term);
      }
    }
  }
  return c;
}

}  // namespace reel::testing
