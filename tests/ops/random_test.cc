// Random numbers by row: the generator itself, and that a number depends on its place alone.
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "graph/interpreter.h"
#include "ops/plain_random.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"
#include "reel/ops/random.h"

namespace reel::testing {
namespace {

/// Answers that Random123 gives with its generator (kat_vectors).
TEST_CASE("random: Philox4x32-10 gives the published answers", "[ops][random]") {
  struct Answer {
    PhiloxWords counter;
    std::array<uint32_t, 2> key;
    PhiloxWords words;
  };
  constexpr uint32_t kOnes = 0xFFFFFFFF;
  const Answer answers[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  const auto joined = [](uint32_t low, uint32_t high) { return uint64_t{high} << 32 | low; };
  for (const auto& [counter, key, words] : answers) {
    CHECK(plain_philox(counter, key) == words);
    CHECK(philox(joined(key[0], key[1]), joined(counter[2], counter[3]), joined(counter[0], counter[1])) == words);
  }
}

using Draw = Var (*)(Var key, const Shape& of_row, const RandomStream& stream);

Tensor drawn(Draw draw, int64_t row_count, const Shape& of_row = {33}, const std::vector<int32_t>& key = {-7, 12},
             const RandomStream& stream = {.place = 4, .draw = 1}, const Passes& passes = {}) {
  Tape tape;
  tape.graph().passes() = passes;
  const Var of = tape.input({2}, DType::i32), x = tape.input({rows, 1});
  const Var y = draw(of, of_row, stream) + x;
  return tape.compile({.outputs = {y}, .inputs = {of, x}})
      .run(std::vector<Tensor>{Tensor::of<int32_t>({2}, {key[0], key[1]}), Tensor::zeros({row_count, 1})})[0];
}

TEST_CASE("random: the same bits for any threads, tiles and number of rows", "[ops][random][threads]") {
  constexpr int64_t kRowCount = 3001;
  for (const Draw draw : {&random_uniform, &random_normal}) {
    const Tensor whole = drawn(draw, kRowCount);
    for (const int count : {1, 2, 5}) {
      const WithThreads threads(count);
      CHECK(same_bits(drawn(draw, kRowCount), whole));
    }
    for (const int64_t assumed : {1, 16, 100000}) {
      Passes passes;
      passes.assumed_rows = assumed;
      CHECK(same_bits(drawn(draw, kRowCount, {33}, {-7, 12}, {4, 1}, passes), whole));
    }
    for (const int64_t few : {1, 17, 1000}) CHECK(same_bits(drawn(draw, few), whole.slice_rows(0, few)));
  }
}

TEST_CASE("random: every word of key and stream makes other numbers", "[ops][random]") {
  for (const Draw draw : {&random_uniform, &random_normal}) {
    const std::vector<Tensor> all{drawn(draw, 50),
                                  drawn(draw, 50, {33}, {-8, 12}),
                                  drawn(draw, 50, {33}, {-7, 13}),
                                  drawn(draw, 50, {33}, {12, -7}),
                                  drawn(draw, 50, {33}, {-7, 12}, {5, 1}),
                                  drawn(draw, 50, {33}, {-7, 12}, {4, 2}),
                                  drawn(draw, 50, {33}, {-7, 12}, {1, 4})};
    for (size_t a = 0; a < all.size(); ++a) {
      for (size_t b = 0; b < a; ++b) {
        int64_t equal = 0;
        for (int64_t i = 0; i < all[a].size(); ++i) equal += all[a].at(i) == all[b].at(i);
        CAPTURE(a, b);
        CHECK(equal < 5);
      }
    }
  }
}

TEST_CASE("random: rows of scalars and of nothing", "[ops][random]") {
  Tape tape;
  const Var key = tape.input({2}, DType::i32), x = tape.input({rows});
  const Var y = random_uniform(key, {}, {}) + x;
  REQUIRE(y.shape() == Shape{rows});
  const Tensor numbers = tape.compile({.outputs = {y}, .inputs = {key, x}})
                             .run(std::vector<Tensor>{Tensor::of<int32_t>({2}, {1, 2}), Tensor::zeros({9})})[0];
  for (uint32_t row = 0; row < 9; ++row) CHECK(numbers.at(row) == plain_uniform({1, 0, 0, 2}, row, 0));
}

TEST_CASE("random: the number of the step goes around", "[ops][random]") {
  Tape tape;
  const Var key = tape.parameter(Tensor::of<int32_t>({2}, {5, std::numeric_limits<int32_t>::max()}));
  const Tensor next = value_of(next_seed(key));
  CHECK(next.at(0) == 5);
  CHECK(next.at(1) == std::numeric_limits<int32_t>::min());
}

TEST_CASE("random: what is no key is refused", "[ops][random]") {
  Tape tape;
  for (const Var& key : {tape.input({3}, DType::i32), tape.input({2}), tape.input({rows, 2}, DType::i32)}) {
    CHECK_THROWS_AS(random_uniform(key, {3}, {}), ShapeError);
    CHECK_THROWS_AS(random_normal(key, {3}, {}), ShapeError);
    CHECK_THROWS_WITH(next_seed(key), Catch::StartsWith("next_seed: needs a key i32[2]"));
  }
}

}  // namespace
}  // namespace reel::testing
