// Gradients and their products on small functions whose derivatives are known.
#include "reel/autodiff/tape.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/graph/print.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

Var parameter(Tape& tape, const std::vector<double>& values) { return tape.parameter(Tensor::of<double>(values)); }

void check_values(Var var, const std::vector<double>& expected) {
  const Tensor value = value_of(var);
  REQUIRE(value.size() == static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(value.at(static_cast<int64_t>(i)) == Approx(expected[i]).epsilon(1e-12).margin(1e-14));
  }
}

TEST_CASE("tape: a value used several times gets the sum of its adjoints", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {2, -3});
  check_values(tape.gradient(sum(x * x * x + x), x), {13, 28});
}

TEST_CASE("tape: gradients of values on the way, of y itself, and of what y does not need", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {2, 3}), other = parameter(tape, {1, 1, 1});
  const Var squares = square(x), y = sum(squares * x);
  const std::vector<Var> d = tape.gradient(y, std::array{x, squares, y, other});
  check_values(d[0], {12, 27});
  check_values(d[1], {2, 3});
  check_values(d[2], {1});
  check_values(d[3], {0, 0, 0});
}

TEST_CASE("tape: vjp and jacobian_vector_product are each other's transpose", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {0.3, -0.7, 1.1}), w = tape.parameter(Tensor::randn({3, 2}, 5, DType::f64));
  const Var y = tanh(matmul(reshape(x, {1, 3}), w));
  const Var u = tape.parameter(Tensor::randn({1, 2}, 6, DType::f64)), v = parameter(tape, {0.2, 0.5, -0.4});
  const Var jv = tape.jacobian_vector_product(y, std::array{x}, std::array{v});
  const Var ju = tape.vjp(y, u, std::array{x})[0];
  CHECK(jv.type() == y.type());
  CHECK(value_of(sum(jv * u)).item() == Approx(value_of(sum(ju * v)).item()).epsilon(1e-13));
  // J v is the derivative of y along v.
  const double h = 1e-5;
  const Tensor kept = value_of(x).clone(), direction = value_of(v);
  Tensor at = tape.graph().node(x).value;
  const auto moved = [&](double step) {
    for (int i = 0; i < 3; ++i) at.data<double>()[static_cast<size_t>(i)] = kept.at(i) + step * direction.at(i);
    return value_of(y).clone();
  };
  const Tensor above = moved(h), below = moved(-h);
  at.assign(kept);
  for (int i = 0; i < 2; ++i) CHECK(value_of(jv).at(i) == Approx((above.at(i) - below.at(i)) / (2 * h)).epsilon(1e-8));
}

TEST_CASE("tape: jacobian_vector_product where the Jacobian is constant or zero", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {1, 2}), v = parameter(tape, {10, 20});
  check_values(tape.jacobian_vector_product(3.0 * x, std::array{x}, std::array{v}), {30, 60});
  check_values(tape.jacobian_vector_product(stop_gradient(x), std::array{x}, std::array{v}), {0, 0});
  const Var w = parameter(tape, {5, 6});
  check_values(tape.jacobian_vector_product(x * w, std::array{x, w}, std::array{v, v}), {60, 160});
}

TEST_CASE("tape: hessian_vector_product on functions whose Hessian is known", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {1, 2}), z = parameter(tape, {3, -1});
  const Var v = parameter(tape, {0.5, -2}), w = parameter(tape, {1, 4});
  // y = sum x^3 + sum x^2 z: Hxx = 6x + 2z, Hxz = 2x, Hzz = 0, all diagonal.
  const Var y = sum(x * x * x) + sum(x * x * z);
  const std::vector<Var> h = tape.hessian_vector_product(y, std::array{x, z}, std::array{v, w});
  check_values(h[0], {12 * 0.5 + 2 * 1, 10 * -2 + 4 * 4.0});
  check_values(h[1], {2 * 1 * 0.5, 2 * 2 * -2.0});
}

TEST_CASE("tape: derivatives of any order", "[tape]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::scalar(0.4, DType::f64));
  Var d = exp(2.0 * x);
  for (int order = 1; order <= 6; ++order) {
    d = tape.gradient(d, x);
    CHECK(value_of(d).item() == Approx(std::pow(2, order) * std::exp(0.8)).epsilon(1e-13));
  }
}

TEST_CASE("tape: a long chain neither recurses nor overflows the stack", "[tape]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::scalar(1, DType::f64));
  Var y = x;
  for (int i = 0; i < 20000; ++i) y = y * 1.0001 + x * 0.0;
  CHECK(value_of(tape.gradient(y, x)).item() == Approx(std::pow(1.0001, 20000)).epsilon(1e-9));
}

TEST_CASE("tape: broadcast arguments get their adjoints summed back", "[tape]") {
  Tape tape;
  const Var x = tape.input({rows, 3}, DType::f64), bias = parameter(tape, {1, 2, 3});
  const Var scale = tape.parameter(Tensor::scalar(2, DType::f64));
  const std::vector<Var> d = tape.gradient(sum(x * scale + bias), std::array{bias, scale, x});
  const auto out = tape.compile({d[0], d[1], d[2]}).run({Tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6})});
  for (int i = 0; i < 3; ++i) CHECK(out[0].at(i) == 2);
  CHECK(out[1].item() == 21);
  CHECK(out[2].shape() == Shape{2, 3});
  CHECK(out[2].at(5) == 2);
}

TEST_CASE("tape: adjoints belong to the layer of their forward node", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {1, 2});
  Var y;
  {
    const Graph::Scope scope(tape.graph(), "dense_7");
    y = tanh(x);
  }
  const Var d = tape.gradient(sum(y), x);
  CHECK(tape.graph().origin(tape.graph().node(d)) == "dense_7");
}

TEST_CASE("tape: errors say what was wanted", "[tape]") {
  Tape tape;
  const Var x = parameter(tape, {1, 2}), v = parameter(tape, {1, 2, 3});
  CHECK_THROWS_WITH(tape.gradient(x, x), "gradient: needs a float scalar, got f64[2]; take mean() or sum() of it");
  CHECK_THROWS_WITH(tape.gradient(tape.parameter(Tensor::scalar(1, DType::i32)), x),
                    "gradient: needs a float scalar, got i32[]; take mean() or sum() of it");
  CHECK_THROWS_WITH(tape.vjp(x, v, std::array{x}), "vjp: y is f64[2], its adjoint f64[3]");
  CHECK_THROWS_WITH(tape.hessian_vector_product(sum(x), std::array{x}, std::span<const Var>()),
                    "hessian_vector_product: 1 values, 0 directions");
  CHECK_THROWS_WITH(tape.hessian_vector_product(sum(x * x), std::array{x}, std::array{v}),
                    "direction: f64[3] does not fit f64[2]");
  CHECK_THROWS_WITH(tape.jacobian_vector_product(x, std::array{x}, std::array{x, v}),
                    "jacobian_vector_product: 1 values, 2 directions");
  Tape another;
  CHECK_THROWS_WITH(x + parameter(another, {1, 2}), "add: got a Var that belongs to another graph");
  CHECK_THROWS_WITH(x + Var{}, "add: got an empty Var");
  const Var foreign = parameter(another, {1, 2});
  CHECK_THROWS_WITH(tape.gradient(Var{}, x), "gradient: got an empty Var");
  CHECK_THROWS_WITH(tape.gradient(sum(x), Var{}), "gradient: got an empty Var");
  CHECK_THROWS_WITH(tape.gradient(sum(x), foreign), "gradient: got a Var that belongs to another graph");
  CHECK_THROWS_WITH(tape.compile({foreign}), "compile: outputs: got a Var that belongs to another graph");
  CHECK_THROWS_WITH(tape.compile({Var{}}), "compile: outputs: got an empty Var");
  CHECK_THROWS_WITH(tape.parameter(Tensor{}, "kernel"), "parameter \"kernel\": the tensor is empty");
}

Program doubled(const Tensor& weights) {
  Tape tape;
  return tape.compile({tape.input({rows, 2}) * tape.parameter(weights)});
}

TEST_CASE("tape: a program may outlive it, and lets its graph go", "[tape]") {
  const Tensor weights = Tensor::full({2}, 2);
  {
    Program program = doubled(weights), moved = std::move(program);
    CHECK(moved.run({Tensor::ones({3, 2})})[0].at(5) == 2);
    CHECK(weights.is_shared());
    moved = doubled(weights);
    CHECK(moved.run({Tensor::ones({1, 2})})[0].at(0) == 2);
  }
  CHECK(!weights.is_shared());
}

TEST_CASE("tape: what has been moved from throws until it is assigned to", "[tape]") {
  Tape tape;
  const Var x = tape.input({rows, 2}), y = x + 1.0;
  Tape moved = std::move(tape);
  CHECK(moved.compile({y}).run({Tensor::zeros({1, 2})})[0].at(0) == 1);
  CHECK_THROWS_WITH(tape.input({rows, 2}), "tape: it has been moved from");
  CHECK_THROWS_AS(tape.gradient(sum(y), x), Error);
  CHECK_THROWS_AS(tape.compile({y}), Error);
  CHECK_THROWS_AS(std::as_const(tape).graph(), Error);
  tape = Tape();
  CHECK_NOTHROW(tape.input({rows, 2}));
}

TEST_CASE("tape: one tensor is one parameter, whose gradients add up", "[tape]") {
  Tape tape;
  const Tensor value = Tensor::of<double>({2}, {3, 5});
  const Var a = tape.parameter(value), b = tape.parameter(value);
  CHECK(a == b);
  const Tensor d = tape.compile({tape.gradient(sum(a * b), a)}).run()[0];
  CHECK(d.at(0) == 6);
  CHECK(d.at(1) == 10);
}

}  // namespace
}  // namespace reel
