#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "reel/graph/elementary.h"

namespace reel {
namespace {

struct Value {
  int64_t numerator;  // of 2^24
  double exact;       // rounded from 50 digits
};

bool is_near(double got, double expected) { return std::abs(got - expected) <= 2 * 0x1p-52 * std::abs(expected); }

TEST_CASE("plain logarithms and cosines are those of 50 digits within two units", "[random]") {
  const Value logs[] = {{1, -0x1.0a2b23f3bab73p+4},         {3, -0x1.f12e72f21b685p+3},
                        {12345, -0x1.cdbacaf927bfep+2},     {8388608, -0x1.62e42fefa39efp-1},
                        {11863283, -0x1.62e43115a8fb4p-2},  {11863284, -0x1.62e42b6d81641p-2},
                        {16777215, -0x1.0000008000005p-24}, {16777214, -0x1.0000010000015p-23},
                        {5592405, -0x1.193ea8aad0313p+0},   {16777216, 0}};
  const Value cosines[] = {{0, 1},
                           {1, 0x1.ffffffffffd88p-1},
                           {2097152, 0x1.6a09e667f3bcdp-1},
                           {2097153, 0x1.6a09dd8532137p-1},
                           {4194303, 0x1.921fb54442c73p-22},
                           {4194304, 0},
                           {4194305, -0x1.921fb54442c73p-22},
                           {5592405, -0x1.fffff8beab5ccp-2},
                           {8388608, -1},
                           {12582911, -0x1.921fb54442c73p-22},
                           {12582912, 0},
                           {12582913, 0x1.921fb54442c73p-22},
                           {14680063, 0x1.6a09dd8532137p-1},
                           {14680064, 0x1.6a09e667f3bcdp-1},
                           {16777215, 0x1.ffffffffffd88p-1}};
  for (const Value& value : logs) {
    CAPTURE(value.numerator);
    CHECK(is_near(plain_log(static_cast<double>(value.numerator) * 0x1p-24), value.exact));
  }
  for (const Value& value : cosines) {
    CAPTURE(value.numerator);
    CHECK(is_near(plain_cos_of_turns(static_cast<double>(value.numerator) * 0x1p-24), value.exact));
  }
}

TEST_CASE("plain logarithms, exponentials and cosines are the C library's all over their ranges", "[random]") {
  int wrong = 0;
  for (int64_t i = 1; i <= 1 << 24; i += 1009) {
    const double x = static_cast<double>(i) * 0x1p-24;
    wrong += std::abs(plain_log(x) - std::log(x)) > 4 * 0x1p-52 * std::abs(std::log(x));
    wrong += std::abs(plain_cos_of_turns(x) - std::cos(2 * std::numbers::pi * x)) > 1e-15;
  }
  for (double x = -700; x < 700; x += 0.0371) wrong += std::abs(plain_exp(x) / std::exp(x) - 1) > 1e-15;
  CHECK(wrong == 0);
  CHECK(plain_exp(0) == 1);
  for (const double x : {1e-300, 1e-10, 3.0, 1e10, 1e300}) CHECK(plain_log(x) == Approx(std::log(x)).epsilon(1e-15));
}

}  // namespace
}  // namespace reel
