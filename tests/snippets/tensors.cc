// What someone who knows Keras and NumPy types with tensors, a function each: it compiles, and does what its checks
// say. Those whose error is to be short stand in refused.txt, and refused_kernels.txt.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <list>
#include <map>
#include <span>
#include <vector>

#include "reel/reel.h"
#include "snippets/values.h"

using namespace std;  // beside ours, none of whose names collide
using namespace reel;
using namespace snippets;

namespace {

// --- tensors are made ---

TEST_CASE("tensors of braces", "[snippets]") {
  const Tensor vector_of = Tensor::of({1.0f, 2.0f, 3.0f}), matrix = Tensor::of({{1, 2}, {3, 4}, {5, 6}});
  const Tensor cube = Tensor::of({{{1.0, 2.0}}, {{3.0, 4.0}}});
  CHECK(vector_of.shape() == Shape{3});
  CHECK(matrix.shape() == Shape{3, 2});
  CHECK(matrix.dtype() == DType::i32);
  CHECK(cube.type() == Type{DType::f64, {2, 1, 2}});
  CHECK_THROWS_AS(Tensor::of({{1, 2}, {3}}), ShapeError);
}

TEST_CASE("tensors of vectors", "[snippets]") {
  const vector<double> values = {1, 2, 3};
  const vector<vector<double>> nested = {{1, 2}, {3, 4}};
  const vector<vector<vector<int>>> deep = {{{1}, {2}}};
  CHECK(Tensor::of(values).shape() == Shape{3});
  CHECK(Tensor::of(nested).shape() == Shape{2, 2});
  CHECK(Tensor::of(deep).shape() == Shape{1, 2, 1});
  const Tensor from_vector = values, from_nested = nested;
  CHECK(from_vector.size() == 3);
  CHECK(from_nested.at(3) == 4);
}

TEST_CASE("tensors of ragged vectors are refused with the row", "[snippets]") {
  const vector<vector<double>> ragged = {{1, 2}, {3}};
  CHECK_THROWS_WITH(Tensor::of(ragged), Catch::Contains("[1]") && Catch::Contains("2") && Catch::Contains("1"));
}

TEST_CASE("tensors of flags, arrays, spans and C arrays", "[snippets]") {
  const vector<bool> flags = {true, false, true};
  const array<float, 4> fixed = {1, 2, 3, 4};
  const float plain[] = {1, 2};
  const vector<array<float, 2>> pairs = {{1, 2}, {3, 4}};
  CHECK(Tensor::of(flags).dtype() == DType::i32);
  CHECK(Tensor::of(flags).at(2) == 1);
  CHECK(Tensor::of(fixed).shape() == Shape{4});
  CHECK(Tensor::of(span<const float>(fixed)).size() == 4);
  CHECK(Tensor::of({2, 2}, span<const float>(fixed)).shape() == Shape{2, 2});
  CHECK(Tensor::of({2, 2}, fixed).at(3) == 4);
  CHECK(Tensor::of(plain).size() == 2);
  CHECK(Tensor::of(pairs).shape() == Shape{2, 2});
  vector<float> changeable = {1, 2};
  CHECK(Tensor::of(span(changeable)).size() == 2);
}

TEST_CASE("NumPy's makers", "[snippets]") {
  CHECK(Tensor::zeros({2, 3}).size() == 6);
  CHECK(Tensor::ones({2}).at(1) == 1);
  CHECK(Tensor::full({2}, 7).at(0) == 7);
  CHECK(Tensor::arange(5).at(4) == 4);
  CHECK(Tensor::arange(2, 8, 2).size() == 3);
  CHECK(Tensor::linspace(0, 1, 5).at(1) == 0.25);
  CHECK(Tensor::eye(3).at(4) == 1);
  CHECK(Tensor::randn({3}, 1).size() == 3);
}

// --- tensors are looked at ---

TEST_CASE("tensors print as NumPy's arrays do", "[snippets]") {
  CHECK(printed(Tensor::of({1.0f, 2.5f})) == "[1.  2.5]");
  CHECK(printed(Tensor::of({{1, 2}, {30, 4}})) == "[[ 1  2]\n [30  4]]");
  CHECK(printed(Tensor::scalar(3)) == "3.0");
  CHECK(printed(Tensor()) == "none");
  CHECK(fmt::format("{}", Tensor::of({1, 2})) == "[1 2]");
  CHECK(Tensor::of({1, 2}).str() == "[1 2]");
}

TEST_CASE("shapes and types print", "[snippets]") {
  CHECK(printed(Shape{rows, 3}) == "[rows, 3]");
  CHECK(printed(Type{DType::f32, {2}}) == "f32[2]");
  CHECK(printed(DType::i32) == "i32");
  CHECK(fmt::format("{} {} {}", Shape{2}, Type{}, DType::f64) == "[2] f32[] f64");
}

TEST_CASE("elements and rows by index", "[snippets]") {
  const Tensor x = Tensor::of({{1.0f, 2.0f}, {3.0f, 4.0f}});
  CHECK(x[0].shape() == Shape{2});
  CHECK(x[1][0].item() == 3);
  CHECK(x[-1][-1].item() == 4);
  CHECK(static_cast<float>(x[0][1]) == 2);
  CHECK(x.at(0, 1) == 2);
  const double element = static_cast<double>(x[1][1]);
  CHECK(element == 4);
  CHECK_THROWS_AS(x[2], ValueError);
}

TEST_CASE("rows in a loop", "[snippets]") {
  const Tensor x = Tensor::of({{1.0f, 2.0f}, {3.0f, 4.0f}});
  double sum = 0;
  for (const Tensor& row : x) sum += row.at(0);
  CHECK(sum == 4);
  for (float element : x.data<float>()) sum += element;
  CHECK(sum == 14);
}

TEST_CASE("slices", "[snippets]") {
  const Tensor x = Tensor::arange(12).reshaped({4, 3});
  CHECK(x[{1, 3}].shape() == Shape{2, 3});
  CHECK(x[{1, 3}].at(0) == 3);
  CHECK(x[{0, -1}].shape() == Shape{3, 3});
  CHECK(x.slice_rows(0, 2).size() == 6);
  CHECK(x.reshape({2, 6}).shape() == Shape{2, 6});
  CHECK(x.reshape({-1}).shape() == Shape{12});
  CHECK(x.reshape({2, -1}).shape() == Shape{2, 6});
}

TEST_CASE("elements into vectors", "[snippets]") {
  const Tensor x = Tensor::of({{1, 2}, {3, 4}});
  CHECK(x.to_vector<int>() == vector<int>{1, 2, 3, 4});
  CHECK(x.to_vector<double>() == vector<double>{1, 2, 3, 4});
  CHECK(x.shape().rank() == 2);
  CHECK(x.ndim() == 2);
}

// --- arithmetic at once ---

TEST_CASE("arithmetic of tensors", "[snippets]") {
  const Tensor a = Tensor::of({1.0f, 2.0f}), b = Tensor::of({3.0f, 5.0f});
  CHECK((a + b).to_vector<float>() == vector<float>{4, 7});
  CHECK((a * 2.0 - 1.0).to_vector<float>() == vector<float>{1, 3});
  CHECK((1.0 / a).at(1) == 0.5);
  CHECK((-a).at(0) == -1);
  CHECK(mean(a).item() == 1.5);
  CHECK(sum(a * b).item() == 13);
  CHECK(square(a).at(1) == 4);
  CHECK(maximum(a, b).at(0) == 3);
  CHECK((a > 1.5).to_vector<float>() == vector<float>{0, 1});
  Tensor c = a;
  c += b;
  CHECK(c.at(0) == 4);
  CHECK(a.at(0) == 1);
}

TEST_CASE("matrices at once", "[snippets]") {
  const Tensor a = Tensor::of({{1.0f, 2.0f}, {3.0f, 4.0f}});
  CHECK(matmul(a, a).at(0) == 7);
  CHECK(matmul(a, transpose(a)).at(0) == 5);
  CHECK((a + Tensor::of({10.0f, 20.0f})).at(3) == 24);
  CHECK(reduce_sum(a, 1).at(1) == 7);
  CHECK(argmax(a).to_vector<int>() == vector<int>{1, 1});
  CHECK(concatenate({a, a}, 1).shape() == Shape{2, 4});
  CHECK(sum(a, {0, 1}).item() == 10);
  CHECK(sum(a, 0).to_vector<float>() == vector<float>{4, 6});
  CHECK(transpose(a, {1, 0}).at(1) == 3);
  CHECK(einsum("ij,jk->ik", {a, a}).at(0) == 7);
  CHECK(top_k(a, 1).first.at(1) == 4);
  CHECK(max(a).item() == 4);
}

TEST_CASE("keras.ops of tensors at once", "[snippets]") {
  const Tensor x = Tensor::of({3.0f, 1.0f, 2.0f});
  CHECK(sort(x).to_vector<float>() == vector<float>{1, 2, 3});
  CHECK(argsort(x).to_vector<int>() == vector<int>{1, 2, 0});
  CHECK(cumsum(x).to_vector<float>() == vector<float>{3, 4, 6});
  CHECK(clip(x, 1.5, 2.5).to_vector<float>() == vector<float>{2.5, 1.5, 2});
  CHECK(maximum(x, 2.0).to_vector<float>() == vector<float>{3, 2, 2});
  CHECK(pow(x, 2.0).at(0) == 9);
  CHECK(where(x > 1.5, x, 0.0).to_vector<float>() == vector<float>{3, 0, 2});
  CHECK(floor(x / 2.0).at(0) == 1);
  CHECK((x % 2.0).at(0) == 1);
  CHECK(norm(x).item() == Approx(std::sqrt(14.0)));
  CHECK(var(x).item() == Approx(2.0 / 3));
}

// --- memory of others ---

TEST_CASE("views of memory that others own", "[snippets]") {
  vector<float> mine = {1, 2, 3, 4, 5, 6};
  const Tensor view = Tensor::view(mine.data(), {2, 3});
  mine[0] = 9;
  CHECK(view.at(0) == 9);
  const Tensor turned = Tensor::view(mine.data(), {3, 2}, {1, 3});  // column-major, as Eigen's: copied
  CHECK(turned.to_vector<float>() == vector<float>{9, 4, 2, 5, 3, 6});
  const Tensor spanned = Tensor::view(span(mine));
  CHECK(spanned.shape() == Shape{6});
  Sequential model{Dense(1)};
  CHECK(model.predict(Tensor::view(mine.data(), {3, 2})).size() == 3);
}

}  // namespace
