#include <algorithm>
#include <array>
#include <limits>

#include "ops/op_rows.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

const std::vector<Sample> kBinary = {
    {{rows, 7}, {rows, 7}},
    {{rows, 7}, {7}},
    {{rows, 7}, {}},
    {{}, {rows, 3, 5}},
    {{rows, 3, 5}, {rows, 1, 5}},
    {{rows, 3, 1}, {rows, 1, 5}},
    {{rows, 3, 5}, {3, 1}},
    {{1, 7}, {rows, 7}},
    {{rows, 1}, {rows, 7}},
    {{rows, 1}, {7}},
    {{4, 1}, {1, 3}},
    {{2, 3}, {2, 3}},
    {{rows, 2, 3, 2}, {rows, 1, 3, 1}},
    {{}, {}},
    {{rows, 2, 1, 2}, {3, 1}},
};

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kLeast = std::numeric_limits<float>::min(),
                 kLeastDouble = std::numeric_limits<double>::min();

/// A NaN in either argument is what comes out.
const std::vector<Special> kNanPasses = {{{{kNan}, {1}}, kNan},
                                         {{{1}, {kNan}}, kNan},
                                         {{{kNan}, {kNan}}, kNan},
                                         {{{kNan}, {1}}, kNan, DType::f64},
                                         {{{1}, {kNan}}, kNan, DType::f64}};

/// Products next to the least normal number. 18631 * 1801 = 2^25 - 1 and 262657 * 68585259519 = 2^54 - 1: the first
/// three are that number times 1 - 2^-25, or 1 - 2^-54, which rounds up to it.
const std::vector<Special> kSmallProducts = {
    {{{18631 * 0x1p-75}, {1801 * 0x1p-76}}, kLeast, DType::f32, 0},
    {{{-18631 * 0x1p-75}, {1801 * 0x1p-76}}, -kLeast, DType::f32, 0},
    {{{262657 * 0x1p-538}, {68585259519 * 0x1p-538}}, kLeastDouble, DType::f64, 0},
    {{{kLeast}, {1 - 0x1p-24}}, 0},  // does not round up
    {{{kLeast}, {1}}, kLeast},
    {{{kLeast / 2}, {4}}, 0},  // an operand that is none
    {{{kLeastDouble}, {0.5}}, 0, DType::f64}};

void add_arithmetic(std::vector<OpRow>& table) {
  const auto is_less = [](double a, double b) { return a < b; };
  table.push_back({"add", apply(add), kBinary, binary([](double a, double b) { return a + b; }), 0.5});
  table.push_back({"subtract", apply(subtract), kBinary, binary([](double a, double b) { return a - b; }), 0.5});
  table.push_back({"multiply", apply(multiply), kBinary, binary([](double a, double b) { return a * b; }), 0.5});
  table.back().specials = kSmallProducts;
  table.push_back(
      {"multiply_no_nan", apply(multiply_no_nan), kBinary, binary([](double a, double b) { return a * b; }), 0.5});
  OpRow divides{"divide", apply(divide), kBinary, binary([](double a, double b) { return a / b; }), 0.5};
  divides.smooth = {0.5, 3};
  table.push_back(divides);
  table.push_back({"maximum", apply(maximum), kBinary,
                   each([=](const std::vector<double>& x) { return is_less(x[0], x[1]) ? x[1] : x[0]; })});
  table.back().specials = kNanPasses;
  table.push_back({"minimum", apply(minimum), kBinary,
                   each([=](const std::vector<double>& x) { return is_less(x[0], x[1]) ? x[0] : x[1]; })});
  table.back().specials = kNanPasses;
  table.push_back({"negative", apply(negative), kUnary, unary([](double x) { return -x; })});
  table.push_back({"abs", apply(abs), kUnary, unary([](double x) { return std::fabs(x); })});
  OpRow signs{"sign", apply(sign), kUnary, unary([](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; })};
  signs.order = 0;
  table.push_back(signs);
  table.push_back({"square", apply(square), kUnary, unary([](double x) { return x * x; }), 0.5});
  table.push_back({"sqrt", apply(sqrt), kUnary, unary([](double x) { return std::sqrt(x); }), 0.5, {0, 100}, {0.5, 4}});
}

/// Of x and targets t, of whatever sign here: y is a sum of terms, and may be off by what the larger of them are.
Reference of_targets(std::array<double, 3> (*terms)(double, double)) {
  return [terms](const Arrays& x) {
    const auto sum = [](const std::array<double, 3>& of) { return of[0] + of[1] + of[2]; };
    const auto size = [](const std::array<double, 3>& of) {
      return std::fabs(of[0]) + std::fabs(of[1]) + std::fabs(of[2]);
    };
    Array y = each([&](const std::vector<double>& e) { return sum(terms(e[0], e[1])); })(x);
    y.scale = each([&](const std::vector<double>& e) { return size(terms(e[0], e[1])); })(x).values;
    return y;
  };
}

/// log(1 + exp(-|x|)) + |x| (1 - t where x > 0, else t)
std::array<double, 3> crossentropy_terms(double x, double t) {
  const double size = std::fabs(x);
  return {std::log1p(std::exp(-size)), x > 0 ? size : 0, x > 0 ? -size * t : size * t};
}

/// sigmoid(x) - t
std::array<double, 3> error_terms(double x, double t) {
  const double small = 1 / (1 + std::exp(std::fabs(x)));
  return {x > 0 ? 1.0 : 0.0, x > 0 ? -small : small, -t};
}

/// Tolerances are those of Highway's functions (4 units at most) and of what is made of them.
void add_math(std::vector<OpRow>& table) {
  const auto row = [&](const char* name, Var (*function)(Var), double (*reference)(double), double ulps, Domain values,
                       Domain smooth = {-2, 2}) {
    table.push_back({name, apply(function), kUnary, unary(reference), ulps, values, smooth});
    table.back().samples.push_back({{rows, 101}});  // enough points of the domain to mean something
  };
  row("exp", exp, [](double x) { return std::exp(x); }, 1.5, {-80, 80});
  row("exp", exp, [](double x) { return std::exp(x); }, 1.5, {-0.1, 0.1});
  row("expm1", expm1, [](double x) { return std::expm1(x); }, 4, {-30, 30});
  row("expm1", expm1, [](double x) { return std::expm1(x); }, 4, {-1e-3, 1e-3});
  row("log", log, [](double x) { return std::log(x); }, 4, {1e-3, 100}, {0.4, 3});
  row("log", log, [](double x) { return std::log(x); }, 4, {0.9, 1.1}, {0.9, 1.1});
  row("log1p", log1p, [](double x) { return std::log1p(x); }, 4, {-0.9, 50}, {-0.5, 2});
  row("log1p", log1p, [](double x) { return std::log1p(x); }, 4, {-1e-3, 1e-3}, {-0.1, 0.1});
  row("tanh", tanh, [](double x) { return std::tanh(x); }, 4, {-12, 12});
  row("tanh", tanh, [](double x) { return std::tanh(x); }, 4, {-0.01, 0.01});
  row("sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 3, {-80, 80});
  row("sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 3, {-4, 4});
  const auto gradient = [&](const char* name, Var (*function)(Var, Var), double (*reference)(double, double)) {
    table.push_back({name, apply(function), kBinary, binary(reference), 2, {-1, 1}});
  };
  gradient("tanh_gradient", tanh_gradient, [](double y, double dy) { return dy * (1 - y * y); });
  gradient("relu_gradient", relu_gradient, [](double y, double dy) { return y > 0 ? dy : 0.0; });
  gradient("sigmoid_gradient", sigmoid_gradient, [](double y, double dy) { return dy * y * (1 - y); });
  row("softplus", softplus, [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 4,
      {-60, 60});
  row("softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }, 4, {-3, 3});
  table.push_back({"sigmoid_crossentropy", apply(sigmoid_crossentropy), kBinary, of_targets(crossentropy_terms), 4});
  table.push_back({"sigmoid_error", apply(sigmoid_error), kBinary, of_targets(error_terms), 4});
  row("relu", relu, [](double x) { return x > 0 ? x : 0.0; }, 0, {-3, 3});
  row("erf", erf, [](double x) { return std::erf(x); }, 1, {-6, 6});
  row("erfc", erfc, [](double x) { return std::erfc(x); }, 4, {-6, 0.5});
  row("erfc", erfc, [](double x) { return std::erfc(x); }, 8, {0.5, 9});
}

/// Of small and of large arguments, each by a formula that is exact there in double.
void add_stable(std::vector<OpRow>& table) {
  const auto row = [&](const char* name, Var (*function)(Var), double (*reference)(double), double ulps,
                       Domain values) {
    table.push_back({name, apply(function), kUnary, unary(reference), ulps, values});
    table.back().samples.push_back({{rows, 101}});
  };
  const auto log_cosh_near = [](double x) { return std::log1p(2 * std::pow(std::sinh(x / 2), 2)); };
  row("log_cosh", log_cosh, log_cosh_near, 12, {-2, 2});
  row("log_cosh", log_cosh, log_cosh_near, 12, {-1e-3, 1e-3});
  row("log_cosh", log_cosh, [](double x) { return std::fabs(x) - std::log(2); }, 2, {25, 1e4});
  row("softsign", softsign, [](double x) { return x / (1 + std::fabs(x)); }, 1.5, {-1e4, 1e4});
  row("squareplus", squareplus, [](double x) { return (x + std::sqrt(x * x + 4)) / 2; }, 2, {-3, 1e5});
  row("squareplus", squareplus, [](double x) { return 2 / (std::sqrt(x * x + 4) - x); }, 3, {-1e5, 0});
  const auto ratio = [&](double shift, double (*reference)(double, double)) {
    table.push_back({"log_ratio",
                     [shift](Vars x) { return log_ratio(x[0], x[1], shift); },
                     kBinary,
                     binary(reference),
                     8,
                     {0.5, 4},
                     {0.5, 3}});
  };
  ratio(0, [](double a, double b) { return a < b ? -std::log1p((b - a) / a) : std::log1p((a - b) / b); });
  ratio(1, [](double a, double b) { return std::log1p((a - b) / (b + 1)); });
}

void add_comparison(std::vector<OpRow>& table) {
  const auto row = [&](const char* name, Var (*function)(Var, Var), double (*reference)(double, double)) {
    table.push_back({name, apply(function), kBinary, binary(reference)});
    table.back().order = 0;
    const auto of_integers = [function](Vars x) {
      return cast(function(cast(x[0], DType::i32), cast(x[1], DType::i32)), x[0].dtype());
    };
    table.push_back({name, of_integers, kBinary, each([reference](const std::vector<double>& x) {
                       return reference(std::trunc(x[0]), std::trunc(x[1]));
                     })});
    table.back().order = -1;  // small steps go from one integer to the next
  };
  row("greater", greater, [](double a, double b) { return a > b ? 1.0 : 0.0; });
  row("greater_equal", greater_equal, [](double a, double b) { return a >= b ? 1.0 : 0.0; });
  row("equal", equal, [](double a, double b) { return a == b ? 1.0 : 0.0; });
  row("not_equal", not_equal, [](double a, double b) { return a != b ? 1.0 : 0.0; });
  table.push_back({"where",
                   [](Vars x) { return where(x[0], x[1], x[2]); },
                   {{{rows, 7}, {rows, 7}, {rows, 7}},
                    {{rows, 1}, {7}, {rows, 7}},
                    {{7}, {rows, 7}, {}},
                    {{rows, 3, 5}, {}, {3, 1}},
                    {{2, 3}, {2, 3}, {1, 3}}},
                   each([](const std::vector<double>& x) { return x[0] != 0 ? x[1] : x[2]; })});
}

}  // namespace

void add_elementwise(std::vector<OpRow>& table) {
  add_arithmetic(table);
  add_math(table);
  add_stable(table);
  add_comparison(table);
}

}  // namespace reel::testing
