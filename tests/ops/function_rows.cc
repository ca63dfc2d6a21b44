// Rows of the functions of ops/math.h.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/op_rows.h"
#include "reel/ops/math.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

const std::vector<Sample> kPairs = {
    {{rows, 7}, {rows, 7}}, {{rows, 3, 5}, {5}}, {{rows, 1}, {rows, 6}}, {{4, 1}, {1, 3}}, {{}, {}}};

/// By a function of floats or doubles, which a C library gives to within a unit.
void add_unary(std::vector<OpRow>& table, const char* name, Var (*function)(Var), double (*reference)(double),
               double ulps, Domain values, Domain smooth = {-2, 2}) {
  table.push_back({name, apply(function), kUnary, unary(reference), ulps, values, smooth});
  table.back().samples.push_back({{rows, 101}});
}

void add_powers(std::vector<OpRow>& table) {
  OpRow powers{"pow",   [](Vars x) { return pow(x[0], x[1]); },
               kPairs,  binary([](double a, double b) { return std::pow(a, b); }),
               1.5,     {0.1, 9},
               {0.4, 2}};
  powers.samples.push_back({{rows, 101}, {rows, 101}});
  powers.specials = {{{{0}, {0}}, 1},
                     {{{kNan}, {0}}, 1},
                     {{{1}, {kNan}}, 1},
                     {{{kNan}, {1}}, kNan},
                     {{{2}, {kNan}}, kNan},
                     {{{0}, {-1}}, kInfinity},
                     {{{-0.0}, {-3}}, -kInfinity},
                     {{{-2}, {3}}, -8},
                     {{{-2}, {-2}}, 0.25},
                     {{{-2}, {0.5}}, kNan},
                     {{{-1}, {kInfinity}}, 1},
                     {{{-1}, {1e30}}, 1},
                     {{{0.5}, {kInfinity}}, 0},
                     {{{0.5}, {-kInfinity}}, kInfinity},
                     {{{-kInfinity}, {3}}, -kInfinity},
                     {{{-kInfinity}, {0.5}}, kInfinity},
                     {{{kInfinity}, {-2}}, 0},
                     {{{10}, {39}}, kInfinity},
                     {{{10}, {309}}, kInfinity, DType::f64},
                     {{{-3}, {5}}, -243, DType::f64},
                     {{{3}, {33}}, 5559060566555523, DType::f64}};
  table.push_back(powers);
  table.push_back(
      {"pow", [](Vars x) { return pow(x[0], 3.0); }, kUnary, unary([](double x) { return x * x * x; }), 1.5, {-9, 9}});
  table.push_back({"pow",
                   [](Vars x) { return pow(x[0], 2.0) + pow(2.0, x[0]); },
                   kUnary,
                   unary([](double x) { return x * x + std::exp2(x); }),
                   2,
                   {-9, 9}});
  add_unary(table, "exp2", exp2, [](double x) { return std::exp2(x); }, 1.5, {-100, 100});
  table.back().specials = {
      {{{7}}, 128},     {{{-20}}, 0x1p-20, DType::f64},    {{{kInfinity}}, kInfinity},      {{{-kInfinity}}, 0},
      {{{kNan}}, kNan}, {{{1024}}, kInfinity, DType::f64}, {{{1023}}, 0x1p1023, DType::f64}};
  add_unary(table, "log2", log2, [](double x) { return std::log2(x); }, 1, {1e-3, 100}, {0.4, 3});
  table.back().specials = {{{{8}}, 3},       {{{0x1p-900}}, -900, DType::f64}, {{{0}}, -kInfinity}, {{{-1}}, kNan},
                           {{{kNan}}, kNan}, {{{kInfinity}}, kInfinity}};
  add_unary(table, "log10", log10, [](double x) { return std::log10(x); }, 1, {1e-3, 100}, {0.4, 3});
  table.back().specials = {{{{1000}}, 3}, {{{1e22}}, 22, DType::f64}, {{{0}}, -kInfinity}, {{{-1}}, kNan}};
  add_unary(table, "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, 1, {0.1, 100}, {0.4, 3});
  add_unary(table, "reciprocal", reciprocal, [](double x) { return 1 / x; }, 0.5, {0.1, 100}, {0.4, 3});
}

void add_trigonometry(std::vector<OpRow>& table) {
  // Of far angles double is off by what the C library is, too.
  add_unary(table, "sin", sin, [](double x) { return std::sin(x); }, 1.5, {-10, 10});
  add_unary(table, "sin", sin, [](double x) { return std::sin(x); }, 1.5, {-1e7, 1e7});
  add_unary(table, "sin", sin, [](double x) { return std::sin(x); }, 1.5, {-1e30, 1e30});
  table.back().specials = {
      {{{kInfinity}}, kNan}, {{{kNan}}, kNan}, {{{0}}, 0}, {{{1e22}}, -0.8522008497671888, DType::f64}};
  add_unary(table, "cos", cos, [](double x) { return std::cos(x); }, 1.5, {-10, 10});
  add_unary(table, "cos", cos, [](double x) { return std::cos(x); }, 1.5, {-1e30, 1e30});
  table.back().specials = {{{{kInfinity}}, kNan}, {{{0}}, 1}};
  add_unary(table, "tan", tan, [](double x) { return std::tan(x); }, 3, {-10, 10}, {-1, 1});
  add_unary(table, "asin", asin, [](double x) { return std::asin(x); }, 3, {-1, 1}, {-0.9, 0.9});
  table.back().specials = {{{{1.5}}, kNan}, {{{kNan}}, kNan}};
  add_unary(table, "acos", acos, [](double x) { return std::acos(x); }, 3, {-1, 1}, {-0.9, 0.9});
  table.back().specials = {{{{-1.5}}, kNan}, {{{1}}, 0}};
  add_unary(table, "atan", atan, [](double x) { return std::atan(x); }, 2, {-30, 30});
  table.back().specials = {
      {{{kInfinity}}, double(float(M_PI_2))}, {{{-kInfinity}}, -M_PI_2, DType::f64}, {{{kNan}}, kNan}};
  OpRow angles{"atan2", apply(atan2), kPairs, binary([](double y, double x) { return std::atan2(y, x); }), 2};
  angles.smooth = {0.3, 2};
  angles.specials = {{{{0}, {0}}, 0},
                     {{{0}, {-1}}, double(float(M_PI))},
                     {{{-0.0}, {-1}}, -M_PI, DType::f64},
                     {{{kInfinity}, {kInfinity}}, M_PI_4, DType::f64},
                     {{{kNan}, {1}}, kNan},
                     {{{1}, {kNan}}, kNan},
                     {{{1e300}, {-1e-300}}, M_PI_2, DType::f64}};
  table.push_back(angles);
  add_unary(table, "sinh", sinh, [](double x) { return std::sinh(x); }, 4, {-20, 20});
  add_unary(table, "sinh", sinh, [](double x) { return std::sinh(x); }, 4, {-1e-2, 1e-2});
  table.back().specials = {
      {{{89}}, double(float(std::sinh(89.0)))}, {{{-1000}}, -kInfinity, DType::f64}, {{{kNan}}, kNan}};
  add_unary(table, "cosh", cosh, [](double x) { return std::cosh(x); }, 4, {-20, 20});
  table.back().specials = {{{{-1000}}, kInfinity, DType::f64}, {{{kNan}}, kNan}};
}

/// Python's //, of numbers whose quotient is far from a whole one or exact.
double python_quotient(double a, double b) { return std::floor(a / b); }
double python_rest(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

void add_rounding(std::vector<OpRow>& table) {
  const auto whole = [&](const char* name, Var (*function)(Var), double (*reference)(double),
                         std::vector<Special> specials) {
    add_unary(table, name, function, reference, 0, {-9, 9}, {0.1, 0.4});
    table.back().order = 0;
    specials.insert(
        specials.end(),
        {{{{kNan}}, kNan}, {{{-kInfinity}}, -kInfinity}, {{{3e9}}, 3e9}, {{{0x1.8p53}}, 0x1.8p53, DType::f64}});
    table.back().specials = specials;
  };
  whole("round", round, [](double x) { return std::nearbyint(x); },
        {{{{2.5}}, 2},
         {{{-3.5}}, -4},
         {{{0.49999997f}}, 0},
         {{{0.49999999999999994}}, 0, DType::f64},
         {{{8388607.5}}, 8388608}});
  whole("floor", floor, [](double x) { return std::floor(x); }, {{{{-0.5}}, -1}, {{{8388607.5}}, 8388607}});
  whole("ceil", ceil, [](double x) { return std::ceil(x); }, {{{{-0.5}}, 0}, {{{8388607.5}}, 8388608}});
  whole("trunc", trunc, [](double x) { return std::trunc(x); }, {{{{-1.5}}, -1}});
  OpRow mods{"mod", [](Vars x) { return mod(x[0], x[1]); }, kPairs, binary(python_rest)};
  mods.smooth = {2.1, 2.9};  // quotients on both sides of 1, and next to no other whole number
  mods.values = {0.25, 5};
  mods.specials = {{{{-7}, {3}}, 2},
                   {{{7}, {-3}}, -2},
                   {{{5}, {0}}, kNan},
                   {{{-5}, {kInfinity}}, kInfinity},
                   {{{5}, {kInfinity}}, 5},
                   {{{kInfinity}, {3}}, kNan},
                   {{{kNan}, {3}}, kNan},
                   // fmod of the floats next to 1e30 and 0.1, and of doubles
                   {{{1e30f}, {0.1f}}, std::fmod(double(1e30f), double(0.1f))},
                   {{{1e300}, {0.1}}, std::fmod(1e300, 0.1), DType::f64},
                   {{{3e38f}, {1.1e-37f}}, std::fmod(double(3e38f), double(1.1e-37f))}};
  table.push_back(mods);
  table.push_back({"mod",
                   [](Vars x) { return x[0] % 0.5 + mod(7.0, x[0]); },
                   kUnary,
                   unary([](double x) { return python_rest(x, 0.5) + python_rest(7, x); }),
                   2,
                   {1, 3},
                   {1.18, 1.3}});
  OpRow quotients{"floor_divide", [](Vars x) { return floor_divide(x[0], x[1]); }, kPairs, binary(python_quotient)};
  quotients.values = {0.25, 5};
  quotients.smooth = {1.1, 1.9};
  quotients.order = -1;  // small steps go from one whole number to the next
  quotients.specials = {{{{-7}, {2}}, -4},       {{{1}, {0.1f}}, 9},        {{{1}, {0.1}}, 9, DType::f64},
                        {{{1}, {0}}, kInfinity}, {{{-1}, {kInfinity}}, -1}, {{{1}, {kInfinity}}, 0},
                        {{{0}, {0}}, kNan}};
  table.push_back(quotients);
  table.push_back({"clip", [](Vars x) { return clip(x[0], -1.03125, 1.46875); }, kUnary,
                   unary([](double x) { return std::clamp(x, -1.03125, 1.46875); })});
  table.back().specials = {{{{kNan}}, kNan}, {{{kInfinity}}, 1.46875}};
  table.push_back(
      {"clip",
       [](Vars x) { return clip(x[0], x[1] - 1.015625, x[2] + 0.984375); },
       {{{rows, 7}, {rows, 1}, {7}}},
       each([](const std::vector<double>& x) { return std::min(std::max(x[0], x[1] - 1.015625), x[2] + 0.984375); }),
       0.5});
  table.push_back({"maximum", [](Vars x) { return maximum(x[0], 0.5) + 2.0 * maximum(-0.5, x[0]); }, kUnary,
                   unary([](double x) { return std::max(x, 0.5) + 2 * std::max(x, -0.5); }), 1});
  table.push_back({"minimum", [](Vars x) { return minimum(x[0], 0.5) + 2.0 * minimum(-0.5, x[0]); }, kUnary,
                   unary([](double x) { return std::min(x, 0.5) + 2 * std::min(x, -0.5); }), 1.5});
}

/// What a function gives is 1 or 0, of integers, too; nothing flows back.
void add_tests(std::vector<OpRow>& table) {
  const auto two = [&](const char* name, Make make, double (*reference)(double, double)) {
    table.push_back({name, make, kPairs, binary(reference)});
    table.back().order = 0;
  };
  two(
      "less", [](Vars x) { return x[0] < x[1]; }, [](double a, double b) { return a < b ? 1.0 : 0.0; });
  two(
      "less_equal", [](Vars x) { return x[0] <= x[1]; }, [](double a, double b) { return a <= b ? 1.0 : 0.0; });
  two(
      "greater", [](Vars x) { return x[0] > x[1]; }, [](double a, double b) { return a > b ? 1.0 : 0.0; });
  two(
      "greater_equal", [](Vars x) { return x[0] >= x[1]; }, [](double a, double b) { return a >= b ? 1.0 : 0.0; });
  two("logical_and", apply(logical_and), [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; });
  two("logical_or", apply(logical_or), [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; });
  two("logical_xor", apply(logical_xor), [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; });
  const auto one = [&](const char* name, Make make, double (*reference)(double), std::vector<Special> specials = {}) {
    table.push_back({name, make, kUnary, unary(reference)});
    table.back().order = 0;
    table.back().smooth = {-2, 1.9};  // no point at 1
    table.back().specials = std::move(specials);
  };
  one("logical_not", apply(logical_not), [](double x) { return x == 0 ? 1.0 : 0.0; }, {{{{kNan}}, 0}});
  one("isnan", apply(isnan), [](double) { return 0.0; }, {{{{kNan, 1, kInfinity}}, 1}});
  table.back().specials = {{{{kNan}}, 1}, {{{kInfinity}}, 0}};
  one("isinf", apply(isinf), [](double) { return 0.0; },
      {{{{kNan}}, 0}, {{{-kInfinity}}, 1}, {{{kInfinity}}, 1, DType::f64}});
  one("isfinite", apply(isfinite), [](double) { return 1.0; },
      {{{{kNan}}, 0}, {{{-kInfinity}}, 0}, {{{1e308}}, 1, DType::f64}});
  // With numbers on either side; each comparison has a weight of its own.
  one(
      "greater",
      [](Vars x) {
        return (x[0] > 1.0) + 2.0 * (1.0 > x[0]) + 4.0 * (x[0] >= 1.0) + 8.0 * (1.0 >= x[0]) + 16.0 * (x[0] < 1.0) +
               32.0 * (1.0 < x[0]) + 64.0 * (x[0] <= 1.0) + 128.0 * (1.0 <= x[0]) + 256.0 * equal(x[0], 1.0) +
               512.0 * not_equal(1.0, x[0]);
      },
      [](double x) {
        return x > 1 ? 1.0 + 4 + 32 + 128 + 512 : x < 1 ? 2.0 + 8 + 16 + 64 + 512 : 4.0 + 8 + 64 + 128 + 256;
      });
  table.push_back({"where", [](Vars x) { return where(x[0] > 0.0, x[0], -1.0); }, kUnary,
                   unary([](double x) { return x > 0 ? x : -1; })});
  table.back().smooth = {-2, 1.9};
  table.push_back({"where", [](Vars x) { return where(x[0] > 1.0, 3.0, x[0]); }, kUnary,
                   unary([](double x) { return x > 1 ? 3 : x; })});
  table.back().smooth = {-2, 1.9};
  one(
      "where", [](Vars x) { return where(x[0] > 0.5, 1.0, 2.0); }, [](double x) { return x > 0.5 ? 1.0 : 2.0; });
}

}  // namespace

void add_functions(std::vector<OpRow>& table) {
  add_powers(table);
  add_trigonometry(table);
  add_rounding(table);
  add_tests(table);
}

}  // namespace reel::testing
