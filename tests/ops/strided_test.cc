// Ops that take operands whose rows lie apart, and ops that say of themselves that they only pick or join parts of
// rows.
#include <algorithm>
#include <cstring>

#include "graph/interpreter.h"
#include "ops/recorded.h"
#include "ops/simd_targets.h"

namespace reel::testing {
namespace {

constexpr int64_t kRows = 37, kGap = 24;  // bytes
constexpr std::byte kFiller{0xff};        // of a float: NaN

/// Rows that lie kGap bytes apart, with filler between them.
struct Apart {
  std::vector<std::byte> bytes;
  int64_t row_count, row_bytes;

  Apart(int64_t count, int64_t bytes_of_row)
      : bytes(static_cast<size_t>(count * (bytes_of_row + kGap)), kFiller), row_count(count), row_bytes(bytes_of_row) {}
  explicit Apart(const Tensor& value) : Apart(value.shape()[0], value.type().row_bytes()) {
    for (int64_t r = 0; r < row_count; ++r) std::memcpy(row(r), value.raw() + r * row_bytes, size_t(row_bytes));
  }

  std::byte* row(int64_t r) { return bytes.data() + r * (row_bytes + kGap); }
  bool holds(const Tensor& value) {
    const auto same_row = [&](int64_t r) {
      return std::memcmp(row(r), value.raw() + r * row_bytes, size_t(row_bytes)) == 0;
    };
    const auto is_filler = [&](int64_t r) {
      return std::all_of(row(r) + row_bytes, row(r) + row_bytes + kGap, [](std::byte b) { return b == kFiller; });
    };
    for (int64_t r = 0; r < row_count; ++r) {
      if (!same_row(r) || !is_filler(r)) return false;
    }
    return true;
  }
};

/// Whether the op gives `expected` where rows lie apart of all that is read by row, and of its output if it may.
bool agrees_on_rows_apart(const Recorded& op, const std::vector<Tensor>& values, const Tensor& expected) {
  const Node& node = op.node();
  const std::vector<Type> types = op.tape.graph().input_types(node);
  std::vector<Apart> inputs;
  std::vector<Operand> operands;
  inputs.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!node.op->by_row(i, types, node.type)) {
      operands.push_back({values[i].raw(), &types[i]});
      continue;
    }
    inputs.emplace_back(values[i]);
    operands.push_back({inputs.back().bytes.data(), &types[i], kGap});
  }
  Apart apart(kRows, node.type.row_bytes());
  Tensor together = Tensor::zeros(expected.shape(), expected.dtype());
  const bool elementwise = node.op->traits().elementwise;
  node.op->run({.rows = kRows,
                .batch_rows = kRows,
                .inputs = operands,
                .output = elementwise ? apart.bytes.data() : together.raw(),
                .type = &node.type,
                .gap = elementwise ? kGap : 0});
  return elementwise ? apart.holds(expected) : same_bits(together, expected);
}

TEST_CASE("ops: rows that lie apart give the bits of rows that do not", "[ops]") {
  int strided = 0, broadcasting = 0;
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for_each_sample([&](const OpRow& row, const Sample& sample) {
      Recorded op(row, sample, DType::f32);
      const Node& node = op.node();
      if (!node.op->traits().strided || !op.is_alone()) return;
      if (!node.type.shape.has_rows()) return;
      INFO(hwy::TargetName(target));
      ++strided;
      for (const Shape& shape : sample) broadcasting += !(shape == node.type.shape);
      const std::vector<Tensor> values = random_arguments(row, sample, kRows, DType::f32);
      CHECK(agrees_on_rows_apart(op, values, op.run(values)));
    });
  }
  CHECK(strided > 0);
  CHECK(broadcasting > 0);
}

TEST_CASE("ops: what picks or joins parts of rows does just that", "[ops]") {
  int picks = 0, joins = 0;
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    Recorded op(row, sample, DType::f32);
    const Node& node = op.node();
    if (!op.is_alone()) return;
    const std::vector<Tensor> values = random_arguments(row, sample, kRows, DType::f32);
    const Tensor y = op.run(values);
    if (const auto begin = node.op->part_of_row(op.tape.graph().input_types(node)[0])) {
      ++picks;
      const int64_t whole = values[0].type().row_bytes(), part = y.type().row_bytes();
      REQUIRE(*begin + part <= whole);
      for (int64_t r = 0; r < y.shape()[0]; ++r) {
        REQUIRE(std::memcmp(y.raw() + r * part, values[0].raw() + r * whole + *begin, size_t(part)) == 0);
      }
    }
    if (node.op->joins_rows()) {
      ++joins;
      const std::byte* at = y.raw();
      for (int64_t r = 0; r < y.shape()[0]; ++r) {
        for (const Tensor& value : values) {
          const int64_t bytes = value.type().row_bytes();
          REQUIRE(std::memcmp(at, value.raw() + r * bytes, size_t(bytes)) == 0);
          at += bytes;
        }
      }
      REQUIRE(at == y.raw() + y.bytes());
    }
  });
  CHECK(picks > 0);
  CHECK(joins > 0);
}

}  // namespace
}  // namespace reel::testing
