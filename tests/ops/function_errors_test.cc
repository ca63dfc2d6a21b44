// What the functions of ops/{einsum,math,movement,reductions,sequences}.h refuse, and how they say it.
#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

TEST_CASE("ops: products of batches say what does not fit", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 4, 5}), y = tape.input({rows, 6, 7});
  CHECK_THROWS_WITH(matmul(x, y), "matmul: inner dimensions differ (5 against 6), f32[rows, 4, 5] x f32[rows, 6, 7]");
  CHECK_THROWS_WITH(matmul(x, tape.input({3, 5, 7})),
                    "matmul: batch axes do not broadcast together, f32[rows, 4, 5] x f32[3, 5, 7]");
  CHECK_THROWS_WITH(
      matmul(tape.input({rows, 5}), tape.input({rows, 5, 7})),
      "matmul: needs matrices [..., m, k] and [..., k, n], whose axes are not the row axis, f32[rows, 5] x "
      "f32[rows, 5, 7]");
  CHECK_THROWS_AS(matmul(x, tape.input({2, 5, 5, 7})), ShapeError);
  CHECK_THROWS_AS(matmul(x, tape.input({rows, 5, 7}, DType::f64)), ShapeError);
}

TEST_CASE("ops: einsum tells the equation and the shapes", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 4}), y = tape.input({rows, 5});
  CHECK_THROWS_WITH(einsum("ab,bc->ac", x, y),
                    "einsum \"ab,bc->ac\": axis 'b' has two extents, got f32[rows, 4] and f32[rows, 5]");
  CHECK_THROWS_WITH(einsum("ab,cd->ac", x, y),
                    "einsum \"ab,cd->ac\": the rows of the batch have two letters, got f32[rows, 4] and f32[rows, 5]");
  CHECK_THROWS_WITH(einsum("ab->ba", x),
                    "einsum \"ab->ba\": the rows of the batch are axis 0 of the result, got f32[rows, 4]");
  for (const char* equation : {"aa->a", "ab", "ab,ab,ab->a", "abc,ab->a", "ab,ab->c", "ab,ab->aab", "a1,ab->a", "...ab",
                               "a.b,ab->a", "....ab,ab->a"}) {
    INFO(equation);
    CHECK_THROWS_AS(einsum(equation, x, x), ShapeError);
  }
  CHECK_THROWS_AS(einsum("ab,ab,ab->ab", {x, x, x}), ShapeError);
  CHECK_THROWS_WITH(einsum("a->a", Var()), "einsum: got an empty Var");
}

TEST_CASE("ops: nothing moves along the rows of the batch", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 4});
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"pad",
       [&] {
         pad(x, {{1, 0}, {0, 0}});
       }},
      {"repeat", [&] { repeat(x, 2, 0); }},
      {"tile",
       [&] {
         tile(x, {2, 1});
       }},
      {"flip", [&] { flip(x, 0); }},
      {"roll", [&] { roll(x, 1, -2); }},
      {"diff", [&] { diff(x, 0); }},
      {"cumsum", [&] { cumsum(x, 0); }},
      {"cumprod", [&] { cumprod(x, 0); }},
      {"argsort", [&] { sort(x, 0); }},
      {"max", [&] { max(x); }},
      {"min", [&] { min(x, 0); }},
      {"prod",
       [&] {
         prod(x, {0, 1});
       }},
      {"argmax", [&] { argmax(x, 0); }},
      {"take_along_axis", [&] { take_along_axis(x, x, 0); }},
  };
  for (const auto& [name, call] : calls) {
    CHECK_THROWS_WITH(call(),
                      std::string(name) + ": goes along axis 1 or a later one, not along axis 0, got f32[rows, 4]");
  }
  CHECK_THROWS_AS(expand_dims(x, 0), ShapeError);
  CHECK_THROWS_AS(transpose(x, {1, 0}), ShapeError);
  CHECK_THROWS_AS(stack({x, x}, 0), ShapeError);
}

TEST_CASE("ops: functions say which axis or number they do not know", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 4, 1}), ids = tape.input({rows, 2, 1}, DType::i32);
  CHECK_THROWS_WITH(sum(x, 3), "sum: there is no axis 3 in f32[rows, 4, 1]");
  CHECK_THROWS_WITH(mean(x, {1, -2}), "mean: an axis of f32[rows, 4, 1] is named twice");
  CHECK_THROWS_WITH(squeeze(x, 1), "squeeze: axis 1 of f32[rows, 4, 1] is not of extent 1");
  CHECK_THROWS_WITH(transpose(x, {0, 1}), "transpose: needs each axis of f32[rows, 4, 1] once, got 0, 1");
  CHECK_THROWS_AS(transpose(x, {0, 1, 1}), ShapeError);
  CHECK_THROWS_WITH(pad(x, {{0, 0}, {1, 1}}),
                    "pad: needs widths of 0 or more for each of the 3 axes of f32[rows, 4, 1], got 2 of them");
  CHECK_THROWS_AS(pad(x, {{0, 0}, {-1, 1}, {0, 0}}), ShapeError);
  CHECK_THROWS_AS(pad(x, {{0, 0}, {std::numeric_limits<int64_t>::max(), 1}, {0, 0}}), ShapeError);
  CHECK_THROWS_WITH(repeat(x, 0, 1), "repeat: cannot make 0 copies of f32[rows, 4, 1]");
  CHECK_THROWS_AS(tile(x, {1, 1, 1, 2}), ShapeError);
  CHECK_THROWS_WITH(top_k(reshape(x, {rows, 4}), 5), "top_k: needs 1 to 4 elements, got k = 5 of f32[rows, 4]");
  CHECK_THROWS_WITH(norm(x, 0), "norm: expected an order above 0, or infinity, got 0");
  CHECK_THROWS_WITH(diff(x, -1), "diff: axis 2 of f32[rows, 4, 1] has no two elements");
  CHECK_THROWS_WITH(
      take_along_axis(x, x, 1),
      "take_along_axis: needs i32 indices that broadcast along all axes but axis 1, got f32[rows, 4, 1] for "
      "f32[rows, 4, 1]");
  CHECK_THROWS_AS(take_along_axis(x, select(ids, 1, 0), 1), ShapeError);
  CHECK_THROWS_AS(pow(ids, 2.5), ValueError);
  CHECK_THROWS_AS(sin(ids), ShapeError);
  CHECK_THROWS_AS(uniform(ids, {rows, 3}), ShapeError);
  const Var key = random_key(tape.graph(), 1);
  CHECK_THROWS_WITH(uniform(key, {rows, 3}, 2, 1), "uniform: expected low <= high, got 2 and 1");
  CHECK_THROWS_WITH(normal(key, {rows, 3}, 0, -1), "normal: expected a deviation of at least 0, got -1");
}

TEST_CASE("ops: an index outside its axis is an error of the run", "[ops]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::of<float>({1, 3}, {1, 2, 3}));
  for (const int32_t bad : {3, -4}) {
    const Var index = tape.parameter(Tensor::of<int32_t>({1, 1}, {bad}));
    CHECK_THROWS_WITH(value_of(take_along_axis(x, index, 1)),
                      "take_along_axis: index " + std::to_string(bad) + " is outside the axis, which has 3 elements");
  }
  CHECK(value_of(take_along_axis(x, tape.parameter(Tensor::of<int32_t>({1, 2}, {-1, -3})), 1)).at(0) == 3);
}

TEST_CASE("ops: the functions refuse an empty Var", "[ops]") {
  const Var none;
  const std::function<void()> calls[] = {[&] { pow(none, 2.0); },   [&] { pow(none, 3.0); },
                                         [&] { pow(2.0, none); },   [&] { none > 0.0; },
                                         [&] { maximum(none, 1); }, [&] { clip(none, 0, 1); },
                                         [&] { none % 2.0; },       [&] { where(none, 1.0, 2.0); },
                                         [&] { isnan(none); },      [&] { logical_not(none); },
                                         [&] { sum(none, 1); },     [&] { max(none); },
                                         [&] { var(none); },        [&] { norm(none); },
                                         [&] { logsumexp(none); },  [&] { argmax(none, 1); },
                                         [&] { cumsum(none); },     [&] { sort(none); },
                                         [&] { top_k(none, 1); },   [&] { transpose(none, {0}); },
                                         [&] { flip(none, 1); },    [&] { pad(none, {{0, 0}}); },
                                         [&] { tile(none, {2}); },  [&] { expand_dims(none, 0); },
                                         [&] { squeeze(none); },    [&] { stack({none}, 0); },
                                         [&] { diff(none); },       [&] { take_along_axis(none, none, 1); }};
  for (const auto& call : calls) CHECK_THROWS_WITH(call(), Catch::Matchers::EndsWith("got an empty Var"));
}

TEST_CASE("ops: gradients where a function is a choice", "[ops]") {
  Tape tape;
  const auto gradient_at = [&](auto f, double at) {
    const Var x = tape.parameter(Tensor::scalar(at));
    return value_of(tape.gradient(f(x), x)).item();
  };
  CHECK(gradient_at([](Var x) { return clip(x, 0, 1); }, 1) == 1);  // as torch.clamp and tf.clip_by_value
  CHECK(gradient_at([](Var x) { return clip(x, 0, 1); }, 1.5) == 0);
  CHECK(gradient_at([](Var x) { return pow(x, 0.0); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return pow(x, 1.5); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return pow(0.0, x); }, 2) == 0);
  CHECK(gradient_at([](Var x) { return norm(reshape(x, {1})); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return norm(reshape(x, {1}), 3); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return stddev(reshape(x, {1})); }, 2) == 0);
  CHECK(gradient_at([](Var x) { return prod(concatenate({reshape(x, {1}), reshape(x + 3.0, {1})}, 0)); }, 0) == 3);
}

}  // namespace
}  // namespace reel::testing
