// Ways of writing that compile.
#include <catch2/catch.hpp>

#include "reel/autodiff/tape.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

TEST_CASE("ops: values to be joined are written in braces", "[ops]") {
  Tape tape;
  const Var a = tape.input({rows, 2}), b = tape.input({rows, 2});
  CHECK(concatenate({a, b}) == concatenate(std::array{a, b}));
  CHECK(concatenate({a, b}, 1) == concatenate(std::array{a, b}, 1));
  CHECK(stack({a, b}) == stack(std::array{a, b}));
  CHECK(add_n({a, b}) == add_n(std::array{a, b}));
}

TEST_CASE("ops: what a gradient is taken by is written in braces", "[ops]") {
  Tape tape;
  const Var w = tape.parameter(Tensor::scalar(2)), b = tape.parameter(Tensor::scalar(3));
  const std::vector<Var> both = tape.gradient(w * b, {w, b}), one = tape.gradient(w * b, {w});
  REQUIRE(both.size() == 2);
  REQUIRE(one.size() == 1);
  CHECK(value_of(both[0]).item() == 3);
  CHECK(value_of(both[1]).item() == 2);
  CHECK(value_of(one[0]).item() == 3);
}

TEST_CASE("ops: a Var is added to, and multiplied, in place", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), y = tape.input({rows, 2});
  Var z = x;
  CHECK((z += y) == x + y);
  CHECK((z -= x) == x + y - x);
  CHECK((z *= y) == (x + y - x) * y);
  CHECK((z /= x) == (x + y - x) * y / x);
  z = x;
  CHECK((z += 1) == x + 1.0);
  CHECK((z -= 2) == x + 1.0 - 2.0);
  CHECK((z *= 3.0) == (x + 1.0 - 2.0) * 3.0);
  CHECK((z /= 4.0) == (x + 1.0 - 2.0) * 3.0 / 4.0);
  CHECK_FALSE(z == x);  // which has stayed what it was
}

}  // namespace
}  // namespace reel
