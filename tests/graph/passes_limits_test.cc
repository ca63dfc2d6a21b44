// Where moving work, and sharing it, would change results if passes did not look twice.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

Tensor column_of_ids(int64_t rows, int64_t same, int64_t steps = 2) {
  Tensor ids = Tensor::zeros({rows, steps}, DType::i32);
  for (int64_t row = 0; row < rows; ++row) {
    ids.data<int32_t>()[row * steps] = static_cast<int32_t>(row / same);
    ids.data<int32_t>()[row * steps + 1] = static_cast<int32_t>(row);
  }
  return ids;
}

void without_passes(Tape& tape) {
  for (const PassName& pass : kPasses) tape.graph().passes().*pass.enabled = false;
}

TEST_CASE("passes: what is kept by prefix is read by a stage whose tiles would be larger", "[passes]") {
  constexpr int64_t kUnits = 512, kRows = 80;  // whose product is heavy enough for tiles of 64 rows
  Tape tape;
  Tensor numbers(DType::f32, {kRows, 1});
  for (int64_t i = 0; i < kRows; ++i) numbers.data<float>()[i] = static_cast<float>(i);
  const Var ids = tape.input({rows, 2}, DType::i32);
  const Var picked = gather(tape.parameter(numbers), select(ids, 1, 0));
  const Var wide = picked * broadcast_to(tape.constant(Tensor::full({kUnits}, 1)), {rows, kUnits});
  const Var centred = wide - sum_rows(wide) * 0.0;  // which parts the batch into two stages
  const Var mean = matmul(centred, tape.parameter(Tensor::full({kUnits, kUnits}, 1.0 / kUnits)));
  const Tensor out = tape.compile({slice(mean, 1, 0, 1)}).run({column_of_ids(kRows, 4)})[0];
  for (int64_t row = 0; row < kRows; ++row) CHECK(out.at(row) == static_cast<double>(row / 4));
}

TEST_CASE("passes: sums over prefixes need the sequence, though nothing else reads it", "[passes]") {
  Tape tape;
  const Var table = tape.parameter(Tensor::randn({1000, 3}, 1)), bias = tape.parameter(Tensor::zeros({3}));
  const Var ids = tape.input({rows, 2}, DType::i32), x = tape.input({rows, 3});
  const Var db = tape.gradient(sum((gather(table, select(ids, 1, 0)) + bias) * x), bias);
  const Tensor out = tape.compile({db}).run({column_of_ids(70, 5), Tensor::full({70, 3}, 2)})[0];
  for (int64_t i = 0; i < 3; ++i) CHECK(out.at(i) == 140);
}

TEST_CASE("passes: second derivatives by what is added to prefixes", "[passes]") {
  double expected = 0;
  for (const bool with_passes : {false, true}) {
    Tape tape;
    if (!with_passes) without_passes(tape);
    const auto weight = [&](const Shape& shape, uint64_t seed) {
      return tape.parameter(Tensor::randn(shape, seed, DType::f64));
    };
    const Var table = weight({1000, 3}, 1), w = weight({3, 3}, 2), bias = weight({3}, 3);
    const Var ids = tape.input({rows, 3}, DType::i32);
    Var h;
    for (int64_t step = 0; step < 3; ++step) {
      const Var drive = gather(table, select(ids, 1, step)) + bias;
      h = h ? tanh(matmul(h, w) + drive) : drive;
    }
    const Var db = tape.gradient(mean(square(square(h))), bias);
    const Var second = sum(tape.gradient(sum(square(db)), bias));
    const double value = tape.compile({second}).run({column_of_ids(50, 10, 3)})[0].item();
    if (!with_passes) expected = value;
    CHECK(std::abs(value) > 1e-3);
    CHECK(value == Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("passes: rows that nobody picks have no gradient, wherever a function's is infinite", "[passes]") {
  for (Var (*f)(Var) : {sqrt, log}) {
    Tape tape;
    const Var table = tape.parameter(Tensor::of<float>({2, 2}, {0, 0, 1, 4}));
    const Var loss = sum(f(gather(table, tape.input({rows, 5}, DType::i32))));
    const Tensor d = tape.compile({tape.gradient(loss, table)}).run({Tensor::full({8, 5}, 1, DType::i32)})[0];
    CHECK(d.at(0) == 0);
    CHECK(d.at(1) == 0);
    CHECK(d.at(2) > 0);
  }
}

TEST_CASE("passes: a second derivative by a value that work was moved past is refused, not zero", "[passes]") {
  Tape tape;
  const Var table = tape.parameter(Tensor::randn({3, 2}, 1));
  const Var picked = gather(table, tape.input({rows, 4}, DType::i32));
  const Var d = tape.gradient(sum(square(tanh(picked))), table);
  CHECK_THROWS_AS(tape.gradient(sum(square(d)), picked), Error);
  CHECK_NOTHROW(tape.gradient(sum(square(tanh(picked))), picked));
}

/// Adds the row's number to each element, or how many rows there are; with `column`, reads that of the first input.
class Positional final : public Op {
 public:
  explicit Positional(bool counts) : counts_(counts) {}
  std::string_view name() const override { return "positional"; }
  std::string attributes() const override { return counts_ ? "counts" : ""; }
  Traits traits() const override { return {.positional = true}; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override {
    const int64_t size = block.type->shape.row_size();
    for (int64_t i = 0; i < block.rows * size; ++i) {
      const int64_t position = counts_ ? block.batch_rows : block.first_row + i / size;
      block.out<float>()[i] = block.in<float>(0)[i] + static_cast<float>(position);
    }
  }

 private:
  bool counts_;
};

TEST_CASE("passes: where a row stands is not shared between rows that begin alike", "[passes]") {
  Tape tape;
  const Var ids = tape.input({rows, 2}, DType::i32);
  const Var start = broadcast_to(tape.constant(0.0), {rows, 1});
  const Var numbered = tape.graph().add(std::make_shared<Positional>(false), std::array{start});
  const Var picked = gather(tape.parameter(Tensor::zeros({50, 1})), select(ids, 1, 0));
  const Tensor out = tape.compile({picked + numbered}).run({column_of_ids(40, 8)})[0];
  for (int64_t row = 0; row < 40; ++row) CHECK(out.at(row) == static_cast<double>(row));
}

TEST_CASE("passes: how many rows there are is not known before a run", "[passes]") {
  Tape tape;
  const Var x = tape.input({rows, 1});
  const Var counted = tape.graph().add(std::make_shared<Positional>(true), std::array{tape.constant(1.0)});
  CHECK(tape.compile({x + counted}).run({Tensor::zeros({40, 1})})[0].at(0) == 41);
}

/// One column of a sequence, times a weight of each row.
class WeighedColumn final : public Op {
 public:
  std::string_view name() const override { return "weighed_column"; }
  std::optional<int64_t> column() const override { return 0; }
  Type infer(std::span<const Type> inputs) const override { return inputs[1]; }
  void run(const Block& block) const override {
    const int64_t steps = block.inputs[0].type->shape[1];
    for (int64_t row = 0; row < block.rows; ++row) {
      block.out<float>()[row] = static_cast<float>(block.in<int32_t>(0)[row * steps]) * block.in<float>(1)[row];
    }
  }
};

TEST_CASE("passes: a step that is read together with something of the row is not shared", "[passes]") {
  Tape tape;
  const Var ids = tape.input({rows, 2}, DType::i32), x = tape.input({rows, 1});
  const Var y = tape.graph().add(std::make_shared<WeighedColumn>(), std::array{ids, x});
  const Var table = tape.parameter(Tensor::zeros({50, 1}));
  const Var picked = gather(table, select(ids, 1, 0)) + gather(table, select(ids, 1, 1));
  Tensor numbers = Tensor::zeros({40, 1});
  for (int64_t row = 0; row < 40; ++row) numbers.data<float>()[row] = static_cast<float>(row);
  const Tensor out = tape.compile({picked + y}).run({column_of_ids(40, 8), numbers})[0];
  for (int64_t row = 0; row < 40; ++row) CHECK(out.at(row) == static_cast<double>(row / 8 * row));
}

}  // namespace
}  // namespace reel::testing
