// check_op finds what an op does to memory, rows, threads, values and gradients that it should not.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <thread>

#include "extension/made_op.h"
#include "extension/my_op.h"
#include "reel/graph/error.h"

namespace mine {
namespace {

using Catch::Contains, reel::rows;

TEST_CASE("extension: check_op passes ops that keep what they promise", "[extension]") {
  const std::vector<Type> x = {{DType::f32, {rows, 7}}}, deep = {{DType::f32, {rows, 3, 5}}};
  CHECK(said_of({}) == "");
  CHECK(said_of({.traits = {.elementwise = true, .finite_gradient = true}, .may_overwrite = true}) == "");
  const auto unary = [](Var (*f)(Var)) { return [f](std::span<const Var> v) { return f(v[0]); }; };
  CHECK_NOTHROW(reel::check_op(unary(softsign), x));
  CHECK_NOTHROW(reel::check_op([](std::span<const Var> v) { return hypotenuse(v[0], v[1]); },
                               {{DType::f32, {rows, 7}}, {DType::f32, {7}}}, {.low = 0.5, .smooth_low = 0.5}));
  CHECK_NOTHROW(reel::check_op([](std::span<const Var> v) { return scaled(v[0], 2); }, x,
                               {.others = {[](std::span<const Var> v) { return scaled(v[0], 3); }}}));
  CHECK_NOTHROW(reel::check_op([](std::span<const Var> v) { return running_sum(v[0]); }, deep,
                               {.others = {[](std::span<const Var> v) { return running_sum(v[0], true); }}}));
}

TEST_CASE("extension: check_op passes an op of two outputs, one with scratch, and one that draws", "[extension]") {
  CHECK_NOTHROW(reel::check_op(
      [](std::span<const Var> v) {
        const auto [mean, variance] = moments(v[0]);
        return mean * variance;
      },
      {{DType::f32, {rows, 7}}}));
  CHECK_NOTHROW(reel::check_op([](std::span<const Var> v) { return median(v[0]); }, {{DType::f32, {rows, 3, 5}}}));
  CHECK_NOTHROW(reel::check_op(
      [](std::span<const Var> v) { return jitter(v[0], v[1], 0.5); }, {{DType::f32, {rows, 7}}, {DType::i32, {2}}},
      {.ids = 1000, .others = {[](std::span<const Var> v) { return jitter(v[0], v[1], 0.25); }}}));
}

TEST_CASE("extension: check_op finds what is written beside a block", "[extension]") {
  const auto writing = [](int64_t offset) {
    return Parts{.run = [offset](const Block& block) {
      twice(block);
      const int64_t count = block.rows * block.type->row_bytes();
      block.output[offset < 0 ? offset : count + offset] = std::byte{7};
    }};
  };
  const std::string past = said_of(writing(0));
  CHECK_THAT(past, Contains("mine.made: writes outside its output, at byte 24024 of f32[rows, 6], for rows 0 to 1001"));
  CHECK_THAT(said_of(writing(-1)), Contains("writes outside its output, at byte -1 of"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            twice(block);
                            block.scratch[16] = std::byte{1};
                          },
                      .scratch_bytes = 16}),
             Contains("writes outside its scratch, at byte 16"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            twice(block);
                            *const_cast<std::byte*>(block.inputs[0].data) ^= std::byte{1};
                          }}),
             Contains("changes its input 0"));
}

TEST_CASE("extension: check_op finds elements that are not written, and what is read beside operands", "[extension]") {
  const auto reading = [](auto f) { return Parts{.run = [f](const Block& block) { fill(block, f); }}; };
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            const std::byte before = block.output[4];
                            twice(block);
                            if (block.rows == 1001) std::fill_n(block.output + 4, 4, before);
                          }}),
             Contains("mine.made: does not write element 1 of its output f32[1001, 6]"));
  CHECK_THAT(said_of(reading([](const auto* x, int64_t i) { return x[i] + x[i + 1]; })),
             Contains("element 6005 of its output depends on what it is not given"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            twice(block);
                            if (std::to_integer<int>(block.scratch[0]) > 0x80) *block.output ^= std::byte{1};
                          },
                      .scratch_bytes = 16}),
             Contains("element 0 of its output depends on what it is not given"));
  int calls = 0;
  CHECK_THAT(said_of({.run =
                          [&](const Block& block) {
                            ++calls;
                            fill(block, [&](const auto* x, int64_t i) { return x[i] * calls; });
                          }}),
             Contains("or an earlier run"));
}

TEST_CASE("extension: check_op finds results that depend on blocks, places, threads and alignment", "[extension]") {
  const auto running = [](auto f) {
    return Parts{
        .run = [f](const Block& block) { fill(block, [&](const auto* x, int64_t i) { return f(block, x, i); }); }};
  };
  CHECK_THAT(said_of(running([](const Block& block, const auto* x, int64_t i) { return 2 * x[i] + block.rows; })),
             Contains("mine.made: rows: gives other bits in blocks of rows than at once: element 0"));
  CHECK_THAT(said_of(running(
                 [](const Block& block, const auto* x, int64_t i) { return 2 * x[i] + (block.first_row + i / 6); })),
             Contains("positional: is not, and gives other bits elsewhere in a batch"));
  CHECK_THAT(said_of(running([](const Block& block, const auto* x, int64_t i) { return 2 * x[i] + block.batch_rows; })),
             Contains("positional: is not"));
  const auto here = std::this_thread::get_id();
  CHECK_THAT(said_of(running([=](const Block&, const auto* x, int64_t i) {
               return std::this_thread::get_id() == here ? 2 * x[i] : x[i];
             })),
             Contains("threads: gives other bits where three run it at once"));
  // Takes it that a block begins at a multiple of 32 bytes, as that of a batch's first row does.
  CHECK_THAT(said_of(running([](const Block& block, const auto* x, int64_t i) {
               const uintptr_t at = reinterpret_cast<uintptr_t>(block.inputs[0].data) % 32;
               return 2 * x[i - static_cast<int64_t>(at / sizeof(*x))];
             })),
             Contains("rows: gives other bits in blocks"));
  CHECK_THAT(said_of({.traits = {.strided = true}}), Contains("strided: gives other bits where rows lie apart"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            fill(block, [](const auto* x, int64_t i) { return x[i / 6 * 6 + 5 - i % 6]; });
                          },
                      .may_overwrite = true}),
             Contains("may_overwrite: gives other bits in the memory of input 0"));
}

TEST_CASE("extension: check_op finds types that are told in two ways", "[extension]") {
  CHECK_THAT(said_of({.infer =
                          [](std::span<const Type> x) {
                            return x[0].shape.has_rows() ? x[0] : Type{x[0].dtype, {x[0].shape[0], 3}};
                          }}),
             Contains("mine.made: infer: gives f32[1, 3] for 1 rows, where it gives f32[rows, 6] for a batch"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            fill(block, [](const auto* x, int64_t i) { return x[i]; });
                            block.output[block.rows * block.type->row_bytes()] = std::byte{1};
                          },
                      .infer =
                          [](std::span<const Type> x) {
                            return Type{x[0].dtype, x[0].shape.with_axis(1, 5)};
                          }}),
             Contains("writes outside its output"));
}

TEST_CASE("extension: check_op finds values and gradients that are others", "[extension]") {
  const std::vector<Type> x = {{DType::f32, {rows, 6}}};
  const auto tripled = [](std::span<const reel::Tensor> inputs) {
    reel::OpReference y;
    for (int64_t i = 0; i < inputs[0].size(); ++i) y.values.push_back(3 * inputs[0].at(i));
    return y;
  };
  CHECK_THAT(said_of({}, x, {.reference = tripled}), Contains("mine.made: values: element 0 of f32[37, 6] is"));
  const auto with_gradient = [](double factor) {
    return Parts{.gradient = [=](std::span<const Var>, Var, Var dy) { return std::vector{factor * dy}; }};
  };
  CHECK(said_of(with_gradient(2)) == "");
  CHECK_THAT(said_of(with_gradient(2.001)), Contains("mine.made: gradient of argument 0 f64[3, 6], order 1: analytic"));
  CHECK_THAT(said_of({.gradient = [](std::span<const Var>, Var, Var) { return std::vector{Var{}}; }}),
             Contains("gradient of argument 0"));
  CHECK_THAT(said_of({.gradient = {}}), Contains("mine.made: gradient: mine.made: has no gradient"));
  CHECK(said_of({.gradient = {}}, x, {.order = -1}) == "");
  CHECK_THAT(said_of(with_gradient(2), x, {.order = 0}), Contains("gradient: none is expected, but"));
}

/// Behaviour is not what its attributes say.
TEST_CASE("extension: check_op finds ops that are taken for one another", "[extension]") {
  const auto times = [](int factor, const std::string& attributes) {
    return Parts{
        .run = [=](const Block& block) { fill(block, [=](const auto* x, int64_t i) { return factor * x[i]; }); },
        .attributes = attributes};
  };
  const std::vector<Type> x = {{DType::f32, {rows, 6}}};
  CHECK_THAT(said_of(times(2, "scaled"), x, {.others = {maker(times(3, "scaled"))}}),
             Contains("mine.made: attributes: do not tell it from an op that gives other bits, both are \"scaled\""));
  CHECK(said_of(times(2, "2"), x, {.others = {maker(times(3, "3"))}}) == "");
  CHECK_THAT(said_of(times(2, "2"), x, {.others = {maker(times(3, "3")), maker(times(4, "3"))}}),
             Contains("attributes: do not tell"));
}

TEST_CASE("extension: check_op takes values that are given, and refuses what records nothing", "[extension]") {
  const reel::Tensor ids = reel::Tensor::of<int32_t>({4, 2}, {0, 1, 2, 0, 2, 2, 1, 0});
  CHECK_NOTHROW(reel::check_op([](std::span<const Var> v) { return gather(v[0], v[1]); },
                               {{DType::f32, {3, 5}}, {DType::i32, {rows, 2}}},
                               {.at = {reel::Tensor::randn({3, 5}, 1), ids}}));
  CHECK_THROWS_WITH(reel::check_op([](std::span<const Var> v) { return v[0]; }, {{DType::f32, {rows, 2}}}),
                    Contains("records no op"));
}

}  // namespace
}  // namespace mine
