// What the ops refuse, and how they say it.
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <string>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

TEST_CASE("ops: what does not fit is said with the shapes", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 32}), w = tape.parameter(Tensor::zeros({64, 128}));
  CHECK_THROWS_WITH(matmul(x, w), "matmul: inner dimensions differ (32 against 64), f32[rows, 32] x f32[64, 128]");
  CHECK_THROWS_WITH(x + w, "add: shapes [rows, 32] and [64, 128] do not broadcast together");
  CHECK_THROWS_WITH(x + tape.input({rows, 32}, DType::f64),
                    "add: needs operands of one type, got f32[rows, 32] and f64[rows, 32]");
  CHECK_THROWS_WITH(slice(x, 1, 30, 3), "slice: axis=1, begin=30, size=3 is outside f32[rows, 32]");
  CHECK_THROWS_WITH(transpose(x),
                    "transpose: the row axis stays axis 0, but the axes of f32[rows, 32] are to become 1, 0");
  CHECK_THROWS_AS(reduce_sum(x, 0), ShapeError);
  CHECK_THROWS_AS(reshape(x, {rows, 31}), ShapeError);
  CHECK_THROWS_AS(gather(w, x), ShapeError);
  CHECK_THROWS_AS(stack(std::array{x, w}), ShapeError);
  CHECK_THROWS_WITH(concatenate(std::array{x, w}),
                    "concatenate: f32[rows, 32] and f32[64, 128] differ in more than axis 1");
  for (const char* op : {"slice", "select", "split", "concatenate"}) {
    const auto along_rows = [&](std::string_view name) {
      if (name == "slice") return slice(x, 0, 0, 1);
      if (name == "select") return select(x, -2, 0);
      return name == "split" ? split(x, 2, 0)[0] : concatenate({x, x}, 0);
    };
    CHECK_THROWS_WITH(along_rows(op),
                      op + std::string(": goes along axis 1 or a later one, not along axis 0, got ") + "f32[rows, 32]");
  }
  CHECK_THROWS_AS(concatenate(std::array{x, x}, 2), ShapeError);
  CHECK_THROWS_AS(concatenate({}), ShapeError);
  CHECK_THROWS_WITH(split(x, 5), "split: f32[rows, 32] has no 5 equal parts along axis -1");
  CHECK_THROWS_AS(split(x, 0), ShapeError);
  CHECK_THROWS_WITH(row_count(tape.graph(), DType::i32), "row_count: needs a float type, got i32[]");
  CHECK_THROWS_AS(broadcast_to(w, {64, 127}), ShapeError);
  CHECK_THROWS_AS(broadcast_to(x, {rows, 1}), ShapeError);
  const Graph::Scope scope(tape.graph(), "dense_1");
  CHECK_THROWS_WITH(matmul(x, w), Catch::Matchers::EndsWith(", in layer \"dense_1\""));
}

TEST_CASE("ops: sum_to makes only what broadcasts to its argument", "[ops]") {
  Tape tape;
  const Var x = tape.input({rows, 4, 3});
  CHECK_THROWS_WITH(sum_to(x, {2}), "sum_to: f32[rows, 4, 3] cannot be summed to [2], which does not broadcast to it");
  for (const Shape& shape : {Shape{rows, 4, 2}, Shape{rows, 3}, Shape{4, 4, 3}, Shape{rows, 3, 3}, Shape{1, 1, 4, 3},
                             Shape{0}, Shape{rows, 4, 3, 1}}) {
    CHECK_THROWS_AS(sum_to(x, shape), ShapeError);
  }
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{1, 3}, Shape{4, 1}, Shape{1, 1, 1}, Shape{rows, 1, 3}}) {
    CHECK(sum_to(x, shape).shape() == shape);
  }
}

TEST_CASE("ops: extents that would overflow, and negative ones", "[ops]") {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  Tape tape;
  const Var x = tape.input({rows, 8}), ids = tape.input({rows, 2}, DType::i32), updates = tape.input({rows, 2, 3});
  CHECK_THROWS_WITH(slice(x, 1, 2, kHuge), "slice: axis=1, begin=2, size=9223372036854775807 is outside f32[rows, 8]");
  for (const int64_t begin : {kHuge, -kHuge, int64_t{-1}, int64_t{9}}) {
    CHECK_THROWS_AS(slice(x, 1, begin, 1), ShapeError);
    CHECK_THROWS_AS(slice(x, 1, begin, kHuge), ShapeError);
    CHECK_THROWS_AS(select(x, 1, begin), ShapeError);
  }
  CHECK_THROWS_AS(slice(x, 1, 2, -kHuge), ShapeError);
  CHECK_THROWS_AS(split(x, kHuge), ShapeError);
  CHECK_THROWS_AS(split(x, -2), ShapeError);
  CHECK_THROWS_WITH(scatter_add(ids, updates, -1),
                    "scatter_add: there is no table of -1 rows to add to, given i32[rows, 2] and f32[rows, 2, 3]");
  CHECK_THROWS_AS(scatter_add(ids, updates, -kHuge), ShapeError);
  CHECK_THROWS_AS(scatter_add(ids, updates, kHuge), ShapeError);
  const Var wide = tape.input({rows, int64_t{1} << 40}), tall = tape.input({1, int64_t{1} << 40});
  CHECK_THROWS_WITH(matmul_tn(tall, tall), "shape: [1099511627776, 1099511627776] has too many elements");
  CHECK_THROWS_AS(gather(tape.input({2, int64_t{1} << 40}), tape.input({rows, 512}, DType::i32)), ShapeError);
  CHECK_THROWS_AS(broadcast_to(wide, {rows, int64_t{1} << 20, int64_t{1} << 40}), ShapeError);
  CHECK_THROWS_AS(concatenate(std::vector<Var>(257, wide)), ShapeError);
  CHECK_THROWS_AS(stack(std::vector<Var>(257, wide)), ShapeError);
  CHECK_THROWS_AS(reshape(x, {rows, (int64_t{1} << 61) + 1, 8}), ShapeError);  // times 8 it wraps to 8
}

TEST_CASE("ops: an id outside its table is an error of the run", "[ops]") {
  Tape tape;
  const Var ids = tape.input({rows, 2}, DType::i32);
  const Graph::Scope scope(tape.graph(), "embedding");
  Program program = tape.compile({gather(tape.parameter(Tensor::zeros({5, 3})), ids)});
  for (const int32_t bad : {5, -1}) {
    CHECK_THROWS_WITH(
        program.run({Tensor::of<int32_t>({1, 2}, {4, bad})}),
        "gather: id " + std::to_string(bad) + " is outside the table, which has ids 0 to 4, in layer \"embedding\"");
  }
  CHECK_NOTHROW(program.run({Tensor::of<int32_t>({1, 2}, {4, 0})}));
}

TEST_CASE("ops: what refuses an id gives its own name, and says if there are none", "[ops]") {
  Tape tape;
  const Var ids = tape.input({rows}, DType::i32), updates = tape.input({rows, 2});
  const Tensor sevens = Tensor::full({3}, 7, DType::i32), values = Tensor::zeros({3, 2});
  CHECK_THROWS_WITH(tape.compile({scatter_add(ids, updates, 3)}).run({sevens, values}),
                    "scatter_add: id 7 is outside the table, which has ids 0 to 2");
  CHECK_THROWS_WITH(tape.compile({scatter_add(ids, updates, 0)}).run({sevens, values}),
                    "scatter_add: id 7 is outside the table, which is empty");
  CHECK_THROWS_WITH(tape.compile({gather(tape.parameter(Tensor::zeros({0, 2})), ids)}).run({sevens}),
                    "gather: id 7 is outside the table, which is empty");
}

TEST_CASE("ops: an empty Var is refused by whatever is given one", "[ops]") {
  const Var none;
  Tape tape;
  const Var x = tape.input({rows, 2});
  const std::function<void()> calls[] = {[&] { none.type(); },
                                         [&] { none.graph(); },
                                         [&] { none.shape(); },
                                         [&] { none.dtype(); },
                                         [&] { value_of(none); },
                                         [&] { sum(none); },
                                         [&] { mean(none); },
                                         [&] { sum_rows(none); },
                                         [&] { argmax(none); },
                                         [&] { add_n({none}); },
                                         [&] { reduce_sum(none); },
                                         [&] { reduce_max(none, 1); },
                                         [&] { reduce_mean(none); },
                                         [&] {
                                           add_n({x, none});
                                         },
                                         [&] { tanh(none); },
                                         [&] { x + none; },
                                         [&] { none + x; },
                                         [&] { none + 1.0; },
                                         [&] { 1.0 - none; },
                                         [&] { where(none, x, x); },
                                         [&] { where(x, none, x); },
                                         [&] { matmul(none, x); },
                                         [&] { transpose(none); },
                                         [&] { gather(none, x); },
                                         [&] { scatter_add(none, x, 2); },
                                         [&] { slice(none, 1, 0, 1); },
                                         [&] { select(none, -1, 0); },
                                         [&] { split(none, 2); },
                                         [&] {
                                           concatenate({none, x});
                                         },
                                         [&] { stack({none}); },
                                         [&] { reshape(none, {2}); },
                                         [&] { broadcast_to(none, {2}); },
                                         [&] { sum_to(none, {2}); },
                                         [&] { cast(none, DType::f64); },
                                         [&] { stop_gradient(none); }};
  for (const auto& call : calls) CHECK_THROWS_WITH(call(), Catch::Matchers::EndsWith("got an empty Var"));
  CHECK_THROWS_WITH(none.type(), "got an empty Var");
  CHECK_THROWS_WITH(tanh(none), "tanh: got an empty Var");
  CHECK_THROWS_WITH(none + x, "add: got an empty Var");
  CHECK_THROWS_WITH(add_n({none}), "add_n: got an empty Var");
  CHECK_THROWS_WITH(reshape(none, {2}), "reshape: got an empty Var");
}

}  // namespace
}  // namespace reel::testing
