// Tensors: making them, and what they refuse.
#include "reel/graph/tensor.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"

namespace reel {
namespace {

template <class T>
concept MadeOf = requires(std::vector<T> values) {
  Tensor::of(values);
};
static_assert(MadeOf<float> && MadeOf<int32_t> && MadeOf<int64_t> && MadeOf<uint8_t> && MadeOf<bool>);
static_assert(!MadeOf<std::string> && !MadeOf<char> && !MadeOf<long double>);

TEST_CASE("tensor: made of values of any number type", "[tensor]") {
  CHECK(Tensor::of({1.5f, 2.5f}).type() == Type{DType::f32, {2}});
  CHECK(Tensor::of({1.5, 2.5}).type() == Type{DType::f64, {2}});
  CHECK(Tensor::of({1, 2, 3}).type() == Type{DType::i32, {3}});
  CHECK(Tensor::of({2, 2}, {1.0f, 2.0f, 3.0f, 4.0f}).at(3) == 4);
  CHECK(Tensor::ones({2, 3}).type() == Type{DType::f32, {2, 3}});
  CHECK(Tensor::ones({2}, DType::i32).at(1) == 1);
  const Tensor wide = Tensor::of(std::vector<int64_t>{-5, 1LL << 30}), bytes = Tensor::of(std::vector<uint8_t>{0, 255});
  CHECK(wide.type() == Type{DType::i32, {2}});
  CHECK(wide.at(0) == -5);
  CHECK(wide.at(1) == 1 << 30);
  CHECK(bytes.type() == Type{DType::i32, {2}});
  CHECK(bytes.at(1) == 255);
  CHECK_THROWS_WITH(Tensor::of(std::vector<int64_t>{1, 1LL << 31}),
                    "tensor: 2147483648 does not fit in i32, the only integer type");
  CHECK_THROWS_AS(Tensor::of(std::vector<int64_t>{-(1LL << 31) - 1}), ValueError);
  CHECK_THROWS_AS(Tensor::of(std::vector<uint32_t>{1u << 31}), ValueError);
  CHECK_THROWS_AS(Tensor::of(std::vector<uint64_t>{~uint64_t{0}}), ValueError);
  CHECK_THROWS_WITH(Tensor::of({2, 2}, {1.0f, 2.0f}), "tensor: shape [2, 2] needs 4 values, got 2");
}

TEST_CASE("tensor: elements are converted between all types", "[tensor]") {
  const Tensor x = Tensor::of({-1.5, 0.25, 3.75});
  CHECK(x.cast(DType::f32).at(1) == 0.25);
  CHECK(x.cast(DType::i32).at(0) == -1);
  CHECK(x.cast(DType::i32).cast(DType::f64).at(2) == 3);
}

TEST_CASE("tensor: rows of a tensor are its own, and those of a part the part's", "[tensor]") {
  const Tensor x = Tensor::of({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  Tensor part = x.slice_rows(1, 4);
  CHECK(part.shape() == Shape{3, 2});
  CHECK(part.at(0) == 2);
  CHECK(part.slice_rows(2, 3).at(1) == 7);
  part.data<int32_t>()[0] = 9;
  CHECK(x.at(2) == 9);
}

TEST_CASE("tensor: rows and elements that are not there are refused", "[tensor]") {
  const Tensor x = Tensor::zeros({3, 2});
  CHECK(x.slice_rows(3, 3).size() == 0);
  CHECK_THROWS_WITH(x.slice_rows(2, 9), "slice_rows: f32[3, 2] has no rows [2, 9)");
  CHECK_THROWS_AS(x.slice_rows(-1, 2), ValueError);
  CHECK_THROWS_AS(x.slice_rows(2, 1), ValueError);
  CHECK_THROWS_WITH(Tensor::scalar(1).slice_rows(0, 1), "slice_rows: f32[] has no axis of rows");
  CHECK_THROWS_WITH(x.at(6), "at: there is no element 6 in f32[3, 2], which has 6");
  CHECK_THROWS_AS(x.at(-1), ValueError);
  CHECK_THROWS_WITH(x.item(), "item: needs a tensor of one element, got [3, 2]");
  CHECK_THROWS_WITH(x.data<double>(), "data: the tensor is f32[3, 2], its elements cannot be had as f64");
  CHECK_THROWS_AS(Tensor(x).data<int32_t>(), ShapeError);
}

TEST_CASE("tensor: more than the machine's memory is told as that", "[tensor]") {
  CHECK(machine_memory() > 0);
  // 5,000,000 * 100,000 * 4 bytes
  CHECK_THROWS_WITH(Tensor::zeros({5'000'000, 100'000}),
                    Catch::StartsWith("not enough memory for f32[5000000, 100000]: 2.0 TB, this machine has "));
  CHECK_THROWS_AS(Tensor(DType::f64, {Shape::kMaxSize}), MemoryError);
  CHECK_THROWS_WITH(allocate(size_t{1} << 60, "an arena"), Catch::StartsWith("not enough memory for an arena: "));
  CHECK(allocate(0, "nothing") != nullptr);
}

TEST_CASE("tensor: a value that is no i32, and a shape that is not concrete, are refused", "[tensor]") {
  CHECK(Tensor::full({1}, -2147483648.0, DType::i32).at(0) == -2147483648.0);
  for (const double value : {2147483648.0, -2147483649.0, 1e300, std::nan("")}) {
    CHECK_THROWS_AS(Tensor::full({1}, value, DType::i32), ValueError);
  }
  CHECK_THROWS_AS((Tensor::zeros({0}).reshaped({rows, 0})), ShapeError);
}

TEST_CASE("tensor: an empty one has no elements, and what needs them throws", "[tensor]") {
  Tensor moved = Tensor::zeros({3});
  const Tensor taken = std::move(moved);
  for (const Tensor& empty : {Tensor{}, moved}) {
    CHECK(!empty);
    CHECK(empty.size() == 0);
    CHECK(empty.bytes() == 0);
    CHECK(empty.data<float>().empty());
    CHECK_THROWS_WITH(empty.item(), "item: the tensor is empty");
    CHECK_THROWS_WITH(empty.at(0), "at: the tensor is empty");
    CHECK_THROWS_WITH(empty.clone(), "clone: the tensor is empty");
    CHECK_THROWS_WITH(empty.cast(DType::f64), "cast: the tensor is empty");
    CHECK_THROWS_WITH(empty.reshaped({0}), "reshape: the tensor is empty");
    CHECK_THROWS_WITH(empty.slice_rows(0, 0), "slice_rows: the tensor is empty");
    CHECK_THROWS_WITH(Tensor(empty).assign(Tensor::scalar(1)), "assign: the tensor is empty");
    CHECK_THROWS_WITH(Tensor::scalar(1).assign(empty), "assign: the tensor is empty");
  }
}

}  // namespace
}  // namespace reel
