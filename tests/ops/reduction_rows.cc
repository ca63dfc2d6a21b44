// Rows of the functions of ops/reductions.h and ops/sequences.h.
#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/op_rows.h"
#include "reel/ops/ops.h"
#include "reel/ops/reductions.h"
#include "reel/ops/sequences.h"

namespace reel::testing {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

using Values = std::vector<double>;
/// A number of all elements that it is given, and how large an error is measured against.
using OfAll = std::pair<double, double> (*)(const Values&);

/// `f` of the elements along axes, in ascending order, which go or stay with extent 1.
Reference reduced(std::vector<size_t> axes, OfAll f, bool keepdims = false) {
  return [=](const Arrays& x) {
    std::vector<int64_t> kept = x[0].dims;
    for (const size_t axis : axes) kept[axis] = 1;
    const Array places = Array::zeros(kept);
    std::vector<Values> groups(places.values.size());
    for (size_t i = 0; i < x[0].values.size(); ++i)
      groups[source_of(places, x[0].dims, static_cast<int64_t>(i))].push_back(x[0].values[i]);
    Array y = Array::zeros(kept);
    y.scale = y.values;
    for (size_t i = 0; i < groups.size(); ++i) std::tie(y.values[i], y.scale[i]) = f(groups[i]);
    if (!keepdims) {
      for (size_t i = axes.size(); i-- > 0;) y.dims.erase(y.dims.begin() + static_cast<int64_t>(axes[i]));
    }
    return y;
  };
}

double total(const Values& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
Values each_of(const Values& x, double (*f)(double)) {
  Values y(x.size());
  std::ranges::transform(x, y.begin(), f);
  return y;
}
double magnitude(const Values& x) {
  return total(each_of(x, [](double v) { return std::fabs(v); }));
}
double variance(const Values& x) {
  const double n = static_cast<double>(x.size()), center = total(x) / n;
  double squares = 0;
  for (const double v : x) squares += (v - center) * (v - center);
  return squares / n;
}

std::pair<double, double> sum_of(const Values& x) { return {total(x), magnitude(x)}; }
std::pair<double, double> mean_of(const Values& x) {
  const double n = static_cast<double>(x.size());
  return {total(x) / n, magnitude(x) / n};
}
std::pair<double, double> max_of(const Values& x) { return {*std::ranges::max_element(x), 0}; }
std::pair<double, double> min_of(const Values& x) { return {*std::ranges::min_element(x), 0}; }
std::pair<double, double> prod_of(const Values& x) {
  const double y = std::accumulate(x.begin(), x.end(), 1.0, std::multiplies());
  return {y, std::fabs(y)};
}
std::pair<double, double> var_of(const Values& x) {
  const double most = std::pow(magnitude(x) / static_cast<double>(x.size()), 2);
  return {variance(x), variance(x) + most};
}
std::pair<double, double> stddev_of(const Values& x) { return {std::sqrt(variance(x)), 3}; }
std::pair<double, double> logsumexp_of(const Values& x) {
  return {std::log(total(each_of(x, [](double v) { return std::exp(v); }))), 3 + std::log(x.size())};
}
std::pair<double, double> norm1_of(const Values& x) { return {magnitude(x), magnitude(x)}; }
std::pair<double, double> norm2_of(const Values& x) {
  const double y = std::sqrt(total(each_of(x, [](double v) { return v * v; })));
  return {y, y};
}
std::pair<double, double> norm3_of(const Values& x) {
  const double y = std::cbrt(total(each_of(x, [](double v) { return std::fabs(v * v * v); })));
  return {y, y};
}
std::pair<double, double> norm_infinity_of(const Values& x) {
  return max_of(each_of(x, [](double v) { return std::fabs(v); }));
}
std::pair<double, double> any_of(const Values& x) {
  return {std::ranges::any_of(x, [](double v) { return v != 0; }) ? 1.0 : 0.0, 0};
}
std::pair<double, double> all_of(const Values& x) {
  return {std::ranges::all_of(x, [](double v) { return v != 0; }) ? 1.0 : 0.0, 0};
}

void add_over_axes(std::vector<OpRow>& table) {
  const std::vector<Sample> three = {{{rows, 3, 5}}, {{2, 4, 3}}}, four = {{{rows, 2, 3, 4}}, {{3, 2, 1, 5}}};
  const auto row = [&](const char* name, auto function, OfAll f, double ulps, int order = 2) {
    const auto add = [&](Make make, const std::vector<Sample>& samples, Reference reference) {
      table.push_back({name, std::move(make), samples, std::move(reference), ulps});
      table.back().order = order;
    };
    // The last axis, two neighbours, two apart; of a value that is no batch the first, two apart, and all.
    add([=](Vars x) { return function(x[0], {-1}, false); }, three, reduced({2}, f));
    add([=](Vars x) { return function(x[0], {1, 2}, true); }, three, reduced({1, 2}, f, true));
    add([=](Vars x) { return function(x[0], {3, 1}, false); }, four, reduced({1, 3}, f));
    add([=](Vars x) { return function(x[0], {0}, true); }, {{{2, 4, 3}}, {{7}}}, reduced({0}, f, true));
    add([=](Vars x) { return function(x[0], {0, -1}, false); }, {{{2, 4, 3}}}, reduced({0, 2}, f));
    add([=](Vars x) { return function(x[0], Axes(), false); }, {{{2, 4, 3}}}, reduced({0, 1, 2}, f));
  };
  const auto over_rows = [&](const char* name, auto function, OfAll f, double ulps) {
    table.push_back(
        {name, [=](Vars x) { return function(x[0], {0}, true); }, {{{rows, 3, 2}}}, reduced({0}, f, true), ulps});
    table.push_back({name,
                     [=](Vars x) {
                       return function(x[0], {0, 2}, false);
                     },
                     {{{rows, 3, 2}}},
                     reduced({0, 2}, f),
                     ulps});
  };
  const auto sum_axes = [](Var x, const Axes& axes, bool keepdims) { return sum(x, axes, keepdims); };
  const auto mean_axes = [](Var x, const Axes& axes, bool keepdims) { return mean(x, axes, keepdims); };
  const auto norm_of_order = [](double order) {
    return [=](Var x, const Axes& axes, bool keepdims) { return norm(x, order, axes, keepdims); };
  };
  row("sum", sum_axes, sum_of, 2);
  over_rows("sum", sum_axes, sum_of, 3);
  row("mean", mean_axes, mean_of, 2.5);
  over_rows("mean", mean_axes, mean_of, 4);
  row("max", max, max_of, 0);
  row("min", min, min_of, 0);
  row("prod", prod, prod_of, 6);
  row("var", var, var_of, 6);
  over_rows("var", var, var_of, 8);
  row("stddev", stddev, stddev_of, 6);
  row("logsumexp", logsumexp, logsumexp_of, 4);
  row("norm", norm_of_order(1), norm1_of, 2);
  row("norm", norm_of_order(2), norm2_of, 4);
  over_rows("norm", norm_of_order(2), norm2_of, 4);
  row("norm", norm_of_order(3), norm3_of, 4);
  row("norm", norm_of_order(kInfinity), norm_infinity_of, 0);
  row("any", any, any_of, 0, 0);
  row("all", all, all_of, 0, 0);
  table.push_back({"reduce_min",
                   [](Vars x) { return reduce_min(x[0]); },
                   {{{rows, 7}}, {{rows, 35}}, {{rows, 3, 5}}},
                   [](const Arrays& x) { return reduced({x[0].dims.size() - 1}, min_of)(x); }});
  table.back().specials = {{{{kNan, 1, 2}}, kNan}, {{{1, 2, kNan}}, kNan, DType::f64}};
  table.push_back(
      {"logsumexp", [](Vars x) { return logsumexp(x[0], -1); }, {{{rows, 3}}}, reduced({1}, logsumexp_of), 4});
  table.back().specials = {{{{-kInfinity, -kInfinity}}, -kInfinity},
                           {{{kInfinity, 1}}, kInfinity},
                           {{{1000, -kInfinity}}, 1000},
                           {{{kNan, 1}}, kNan}};
  table.push_back({"norm", [](Vars x) { return norm(x[0], 2, -1); }, {{{rows, 3}}}, reduced({1}, norm2_of), 4});
  table.back().specials = {{{{3e30, 4e30}}, double(5e30f)}, {{{0, 0}}, 0}};
}

std::pair<double, double> first_max(const Values& x) { return {double(std::ranges::max_element(x) - x.begin()), 0}; }
std::pair<double, double> first_min(const Values& x) { return {double(std::ranges::min_element(x) - x.begin()), 0}; }

void add_places(std::vector<OpRow>& table) {
  const auto row = [&](const char* name, Make make, std::vector<Sample> samples, Reference reference) {
    table.push_back(
        {name, [=](Vars x) { return cast(make(x), x[0].dtype()); }, std::move(samples), std::move(reference)});
    table.back().order = 0;
  };
  row(
      "argmax", [](Vars x) { return argmax(x[0], 1, true); }, {{{rows, 4, 3}}, {{2, 5}}},
      reduced({1}, first_max, true));
  row(
      "argmax", [](Vars x) { return argmax(x[0], 0); }, {{{4, 3}}, {{9}}}, reduced({0}, first_max));
  row(
      "argmin", [](Vars x) { return argmin(x[0], 1); }, {{{rows, 4, 3}}, {{2, 5}}}, reduced({1}, first_min));
}

/// Every vector along an axis by itself; an error is measured against `scale`, or against the elements' own size.
Reference along(size_t axis, Values (*f)(const Values&), double scale = 20) {
  return [=](const Arrays& x) {
    Array y = x[0];
    const int64_t n = x[0].dims[axis], inner = x[0].product(static_cast<int>(axis) + 1, x[0].rank());
    for (size_t i = 0; i < y.values.size(); ++i) {
      if (static_cast<int64_t>(i) / inner % n != 0) continue;
      const auto at = [&](int64_t j) { return i + static_cast<size_t>(j * inner); };
      Values line;
      for (int64_t j = 0; j < n; ++j) line.push_back(x[0].values[at(j)]);
      const Values made = f(line);
      for (int64_t j = 0; j < n; ++j) y.values[at(j)] = made[static_cast<size_t>(j)];
    }
    y.scale.assign(y.values.size(), scale);
    if (scale == 0) y.scale.clear();
    return y;
  };
}

Values running_sum(const Values& x) {
  Values y = x;
  std::partial_sum(x.begin(), x.end(), y.begin());
  return y;
}
Values running_sum_from_the_end(const Values& x) {
  Values y = x;
  std::partial_sum(x.rbegin(), x.rend(), y.rbegin());
  return y;
}
Values running_product(const Values& x) {
  Values y = x;
  std::partial_sum(x.begin(), x.end(), y.begin(), std::multiplies());
  return y;
}
Values in_order(const Values& x) {
  Values y = x;
  std::ranges::sort(y);
  return y;
}
Values in_descending_order(const Values& x) {
  Values y = x;
  std::ranges::sort(y, std::greater());
  return y;
}
Values order_of(const Values& x) {
  Values y(x.size());
  std::iota(y.begin(), y.end(), 0.0);
  std::ranges::stable_sort(y,
                           [&](double a, double b) { return x[static_cast<size_t>(a)] < x[static_cast<size_t>(b)]; });
  return y;
}

void add_sequences(std::vector<OpRow>& table) {
  const std::vector<Sample> last = {{{rows, 5}}, {{rows, 3, 70}}, {{2, 4, 6}}}, first = {{{5}}, {{4, 3}}},
                            inner = {{{rows, 6, 3}}, {{2, 9, 70}}};
  const auto row = [&](const char* name, auto function, Values (*f)(const Values&), double ulps, int order = 2) {
    const auto add = [&](const std::vector<Sample>& samples, int axis, Reference reference) {
      table.push_back({name, [=](Vars x) { return function(x[0], axis); }, samples, std::move(reference), ulps});
      table.back().order = order;
    };
    add(last, -1, [f](const Arrays& x) { return along(x[0].dims.size() - 1, f)(x); });
    add(first, 0, along(0, f));
    add(inner, 1, along(1, f));
  };
  row("cumsum", cumsum, running_sum, 1);
  row("reverse_cumsum", reverse_cumsum, running_sum_from_the_end, 1);
  row(
      "sort", [](Var x, int axis) { return sort(x, axis); }, in_order, 0);
  row(
      "sort", [](Var x, int axis) { return sort(x, axis, true); }, in_descending_order, 0);
  row(
      "argsort", [](Var x, int axis) { return cast(argsort(x, axis), x.dtype()); }, order_of, 0, 0);
  table.push_back({"cumprod",
                   [](Vars x) { return cumprod(x[0], 1); },
                   {{{rows, 5}}, {{rows, 6, 2}}, {{2, 1}}},
                   along(1, running_product, 0),
                   6});
  table.push_back({"cumprod", [](Vars x) { return cumprod(x[0], 0); }, {{{5}}}, along(0, running_product, 0), 6});
  table.push_back({"top_k",
                   [](Vars x) { return top_k(x[0], 2).values; },
                   {{{rows, 5}}, {{rows, 3, 4}}, {{6}}},
                   [](const Arrays& x) {
                     const Array sorted = along(x[0].dims.size() - 1, in_descending_order)(x);
                     const int64_t n = x[0].dims.back();
                     std::vector<int64_t> dims = x[0].dims;
                     dims.back() = 2;
                     return move_elements(sorted, dims, [&](int64_t i) { return i / 2 * n + i % 2; });
                   }});
}

}  // namespace

void add_reductions(std::vector<OpRow>& table) {
  add_over_axes(table);
  add_places(table);
  add_sequences(table);
}

}  // namespace reel::testing
