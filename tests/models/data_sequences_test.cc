#include "reel/models/data/sequences.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Ids = std::vector<int32_t>;

const std::vector<Ids> kSequences{{}, {7}, {5, 41, 30}, {9, 36, 35, 45, 11}};

Ids padded(const PadOptions& options) {
  const Tensor tensor = pad_sequences(kSequences, options);
  REQUIRE(tensor.shape()[0] == 4);
  return {tensor.data<int32_t>().begin(), tensor.data<int32_t>().end()};
}

TEST_CASE("pad_sequences fills and cuts at the front unless told otherwise", "[data]") {
  CHECK(padded({}) == Ids{0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 5, 41, 30, 9, 36, 35, 45, 11});
  CHECK(padded({.maxlen = 2}) == Ids{0, 0, 0, 7, 41, 30, 45, 11});
  CHECK(padded({.maxlen = 2, .padding = Side::post}) == Ids{0, 0, 7, 0, 41, 30, 45, 11});
  CHECK(padded({.maxlen = 2, .truncating = Side::post}) == Ids{0, 0, 0, 7, 5, 41, 9, 36});
  CHECK(padded({.maxlen = 2, .padding = Side::post, .truncating = Side::post, .value = -1}) ==
        Ids{-1, -1, 7, -1, 5, 41, 9, 36});
}

TEST_CASE("PaddedSequences are the rows of pad_sequences, in any order", "[data]") {
  for (const PadOptions& options :
       {PadOptions{}, PadOptions{.maxlen = 2}, PadOptions{.maxlen = 3, .padding = Side::post},
        PadOptions{.maxlen = 4, .padding = Side::post, .truncating = Side::post, .value = -1}}) {
    const Samples whole = pad_sequences(kSequences, options), made = PaddedSequences(kSequences, options);
    REQUIRE(made.type() == whole.type());
    for (const std::vector<int64_t>& rows : {std::vector<int64_t>{0, 1, 2, 3}, {3, 0, 3}, {2}, {}}) {
      const Tensor expected = whole.read(rows), got = made.read(rows);
      CHECK(std::ranges::equal(got.data<int32_t>(), expected.data<int32_t>()));
    }
  }
  CHECK(PaddedSequences({}, {.maxlen = 3}).type().shape == Shape{0, 3});
  CHECK_THROWS_AS(PaddedSequences(kSequences, {.maxlen = 0}), ValueError);
}

TEST_CASE("pad_sequences takes no sequences if it is told their length, and refuses no steps", "[data]") {
  CHECK_THROWS_AS(pad_sequences({}), ValueError);  // as Keras does
  CHECK(pad_sequences({}, {.maxlen = 3}).shape() == Shape{0, 3});
  CHECK(pad_sequences({{}, {}}).shape() == Shape{2, 0});
  CHECK_THROWS_AS(padded({.maxlen = 0}), ValueError);
  CHECK_THROWS_AS(padded({.maxlen = -1}), ValueError);
}

}  // namespace
}  // namespace reel
