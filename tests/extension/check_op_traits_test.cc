// check_op finds traits and other promises that an op does not keep.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "extension/made_op.h"
#include "reel/autodiff/tape.h"

namespace mine {
namespace {

using Catch::Contains, reel::rows;

const std::vector<Type> kFlat = {{DType::f32, {rows, 6}}}, kDeep = {{DType::f32, {rows, 4, 3}}};

/// y[i] = f(x, i)
template <class F>
std::function<void(const Block&)> each(F f) {
  return [f](const Block& block) { fill(block, f); };
}

TEST_CASE("extension: check_op finds what is not elementwise, vectorwise, a sum or a gather", "[extension]") {
  CHECK_THAT(said_of({.traits = {.elementwise = true},
                      .run = each([](const auto* x, int64_t i) { return x[i] + x[i / 6 * 6]; })}),
             Contains("mine.made: elementwise: it claims to be, but element"));
  CHECK_THAT(said_of({.traits = {.vectorwise = true},
                      .run = each([](const auto* x, int64_t i) { return x[i] + x[i / 12 * 12]; })},
                     kDeep),
             Contains("mine.made: vectorwise: it claims to be, but element"));
  CHECK_THAT(
      said_of({.traits = {.vectorwise = true}, .run = each([](const auto* x, int64_t i) { return x[i] + i / 3 % 4; })},
              kDeep),
      Contains("vectorwise: it claims to be, but gives for vector 1 what it does not give for an equal"));
  CHECK_THAT(said_of({.traits = {.sum = true}}), Contains("mine.made: sum: it claims to be one, but element 0 is"));
  const Parts next_row{.traits = {.gather = true},
                       .run =
                           [](const Block& block) {
                             const int64_t bytes = block.inputs[0].type->row_bytes();
                             for (int64_t i = 0; i < block.rows; ++i) {
                               const int64_t row = (block.in<int32_t>(1)[i] + 1) % 3;
                               std::memcpy(block.output + i * bytes, block.inputs[0].data + row * bytes, size_t(bytes));
                             }
                           },
                       .infer =
                           [](std::span<const Type> x) {
                             return Type{x[0].dtype, {x[1].shape[0], 5}};
                           },
                       .by_row = [](size_t input) { return input == 1; }};
  CHECK_THAT(said_of(next_row, {{DType::f32, {3, 5}}, {DType::i32, {rows}}}),
             Contains("mine.made: gather: it claims to pick rows of input 0, but pick 0 is not row"));
}

/// Of a sum over rows: adds f(x, how many there are already) to each of `width` elements.
template <class F>
Parts over_rows(Traits traits, F f) {
  traits.accumulates = traits.reduces_rows = true;
  return {.traits = traits,
          .run =
              [f](const Block& block) {
                const auto typed = [&](auto in, auto out) {
                  const int64_t width = block.type->shape.size();
                  for (int64_t i = 0; i < block.rows * width; ++i) {
                    auto& sum = block.out<decltype(out)>()[i % width];
                    f(sum, block.in<decltype(in)>(0)[i], block);
                  }
                };
                const bool doubles = block.type->dtype == DType::f64;
                if (block.inputs[0].type->dtype == DType::f64) return typed(double(), double());
                doubles ? typed(float(), double()) : typed(float(), float());
              },
          .infer =
              [](std::span<const Type> x) {
                return Type{x[0].dtype, {x[0].shape[1]}};
              },
          .gradient = [](std::span<const Var> x, Var, Var dy) { return std::vector{broadcast_to(dy, x[0].shape())}; },
          .by_row = [](size_t) { return true; }};
}

TEST_CASE("extension: check_op finds what does not add up", "[extension]") {
  const auto adds = [](auto& sum, auto x, const Block&) { sum += x; };
  CHECK(said_of(over_rows({}, adds)) == "");
  CHECK(said_of(over_rows({.adds_to_doubles = true}, adds)) == "");
  CHECK_THAT(said_of({.traits = {.accumulates = true}}), Contains("mine.made: accumulates: it claims to, but makes"));
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            for (int64_t i = 0; i < block.rows * 6 && block.type->dtype == DType::f32; ++i)
                              block.out<float>()[i] += block.in<float>(0)[i];
                          }}),
             Contains("depends on what it is not given"));
  const auto mean = [](auto& sum, auto x, const Block& block) { sum += x / static_cast<decltype(x)>(block.rows); };
  CHECK_THAT(said_of(over_rows({}, mean)), Contains("rows: gives other bits in blocks"));
  Parts first_rows = over_rows({.contraction = true}, adds);  // of blocks
  first_rows.run = [](const Block& block) {
    const auto typed = [&](auto zero) {
      for (int64_t i = 0; i < 6; ++i) block.out<decltype(zero)>()[i] += block.in<decltype(zero)>(0)[i];
    };
    block.type->dtype == DType::f64 ? typed(double()) : typed(float());
  };
  CHECK_THAT(said_of(first_rows), Contains("mine.made: reduces_rows: it claims to sum"));
  Parts only_floats = over_rows({.adds_to_doubles = true}, adds);
  only_floats.run = [](const Block& block) {
    for (int64_t i = 0; i < block.rows * 6; ++i) block.out<float>()[i % 6] += block.in<float>(0)[i];
  };
  CHECK_THAT(said_of(only_floats), Contains("mine.made: adds_to_doubles: it claims to, but element"));
}

/// Adds updates [rows, 2] to rows of [3, 2] that ids pick.
Parts scatter(bool asks) {
  return {.traits = {.accumulates = true, .reduces_rows = true, .sparse = true},
          .run =
              [asks](const Block& block) {
                const auto typed = [&](auto zero) {
                  using T = decltype(zero);
                  for (int64_t i = 0; i < block.rows; ++i) {
                    const int64_t row = block.in<int32_t>(0)[i];
                    T* to = asks ? block.sparse_row<T>(row, 2) : block.out<T>() + 2 * row;
                    for (int64_t j = 0; j < 2; ++j) to[j] += block.in<T>(1)[2 * i + j];
                  }
                };
                block.type->dtype == DType::f64 ? typed(double()) : typed(float());
              },
          .infer =
              [](std::span<const Type> x) {
                return Type{x[1].dtype, {3, 2}};
              },
          .gradient =
              [](std::span<const Var> x, Var, Var dy) {
                return std::vector{Var{}, gather(dy, x[0])};
              },
          .by_row = [](size_t) { return true; }};
}

TEST_CASE("extension: check_op finds what is not sparse, and gradients that are not finite", "[extension]") {
  const std::vector<Type> types = {{DType::i32, {rows}}, {DType::f32, {rows, 2}}};
  CHECK(said_of(scatter(true), types) == "");
  CHECK_THAT(said_of(scatter(false), types), Contains("mine.made: sparse: it claims to be, but adds to row"));
  const Parts reciprocal{
      .traits = {.finite_gradient = true},
      .run = each([](const auto* x, int64_t i) { return 1 / x[i]; }),
      .gradient = [](std::span<const Var> x, Var, Var dy) { return std::vector{-dy / square(x[0])}; }};
  CHECK_THAT(said_of(reciprocal, kFlat, {.low = 1, .smooth_low = 1}),
             Contains("mine.made: finite_gradient: it claims one, but that of float input 0 is"));
}

TEST_CASE("extension: check_op finds what is not moved as it is said to be", "[extension]") {
  CHECK_THAT(said_of({.run =
                          [](const Block& block) {
                            const int64_t width = block.type->shape.row_size();
                            fill(block, [=](const auto* x, int64_t i) {
                              return x[i / width * width + (i % width + 1) % width];
                            });
                          },
                      .moves_blocks = 1},
                     kDeep),
             Contains("mine.made: moves_blocks: it claims to move blocks of the last 1 axes, but"));
  CHECK_THAT(said_of({.column = 2}),
             Contains("mine.made: column: it claims to depend on index 2 of axis 1 alone, but"));
  CHECK_THAT(said_of({.column = 6}),
             Contains("column: it claims to depend on index 6 of axis 1 alone, of f32[rows, 6]"));
  const auto first_half = [](std::span<const Type> x) { return Type{x[0].dtype, {x[0].shape[0], 3}}; };
  const auto half = each([](const auto* x, int64_t i) { return x[i / 3 * 6 + i % 3]; });
  const auto surround = [](std::span<const Var> x, Var, Var dy) {
    return std::vector{reel::concatenate({dy, 0.0 * slice(x[0], 1, 0, 3)}, 1)};
  };
  CHECK(said_of({.run = half, .infer = first_half, .gradient = surround, .part_of_row = 0}, kFlat,
                {.in_double = true}) == "");
  CHECK_THAT(said_of({.run = half, .infer = first_half, .gradient = surround, .part_of_row = 4}),
             Contains("mine.made: part_of_row: it claims to pick what lies at byte 4 of each row"));
  CHECK_THAT(said_of({.joins_rows = true}),
             Contains("mine.made: joins_rows: it claims to lay rows one after the other"));
}

/// x + b, or what a fault makes of it.
OpPtr adder(float factor) {
  return made({.run =
                   [=](const Block& block) {
                     const auto typed = [&](auto zero) {
                       using T = decltype(zero);
                       const int64_t count = block.rows * block.type->shape.row_size(),
                                     size = block.inputs[1].type->shape == block.type->shape ? count : 6;
                       for (int64_t i = 0; i < count; ++i) {
                         const T x = 2 * block.in<T>(0)[i];
                         block.out<T>()[i] = x + static_cast<T>(factor) * block.in<T>(1)[i % size];
                       }
                     };
                     block.type->dtype == DType::f64 ? typed(double()) : typed(float());
                   },
               .name = "mine.made_add"});
}

TEST_CASE("extension: check_op finds what stands for an op and does something else", "[extension]") {
  CHECK(said_of({.with_addend = adder(1)}) == "");
  CHECK_THAT(said_of({.with_addend = adder(1.5f)}),
             Contains("mine.made: with_addend: mine.made_add with an addend f32[rows, 6] gives other bits than an"));
  const OpPtr copy = made({.run = each([](const auto* x, int64_t i) { return x[i]; }), .name = "mine.pack"});
  const OpPtr right = made({.name = "mine.made_packed"}),
              wrong = made({.run = each([](const auto*x, int64_t i) { return 3 * x[i]; }), .name = "mine.made_packed"});
  CHECK(said_of({.prepack = reel::Prepack{0, 1, copy, right}}) == "");
  CHECK_THAT(said_of({.prepack = reel::Prepack{0, 1, copy, wrong}}),
             Contains("mine.made: prepack: mine.made_packed gives other bits of the packed operand"));
  Parts sums = over_rows({}, [](auto& sum, auto x, const Block&) { sum += x; });
  sums.by_output_rows = made({.run = [](const Block& block) { std::memset(block.output, 0, size_t(block.rows) * 4); },
                              .infer = sums.infer,
                              .by_row = [](size_t) { return false; },
                              .name = "mine.made_by_output"});
  CHECK_THAT(said_of(sums, kFlat, {.in_double = false}),
             Contains("mine.made: by_output_rows: mine.made_by_output gives another sum"));
}

TEST_CASE("extension: check_op finds what is not surrounded by zeros", "[extension]") {
  const auto wider = [](std::span<const Type> x) { return Type{x[0].dtype, {x[0].shape[0], 8}}; };
  const auto placed = [](double around) {
    return [=](const Block& block) {
      const auto typed = [&](auto zero) {
        using T = decltype(zero);
        for (int64_t i = 0; i < block.rows * 8; ++i)
          block.out<T>()[i] = i % 8 < 6 ? block.in<T>(0)[i / 8 * 6 + i % 8] : static_cast<T>(around);
      };
      block.type->dtype == DType::f64 ? typed(double()) : typed(float());
    };
  };
  reel::Tape tape;
  const Var x = tape.input({rows, 6});
  const OpPtr join = tape.graph().node(reel::concatenate({x, x}, 1)).op;
  const auto parts = [&](double around, OpPtr joins) {
    return Parts{.run = placed(around),
                 .infer = wider,
                 .gradient = [](std::span<const Var>, Var, Var dy) { return std::vector{slice(dy, 1, 0, 6)}; },
                 .placement = reel::Placement{1, 0, 6, std::move(joins)}};
  };
  CHECK(said_of(parts(0, join)) == "");
  CHECK_THAT(said_of(parts(1, join)),
             Contains("mine.made: placement: it claims to surround its input with zeros, but"));
}

}  // namespace
}  // namespace mine
