// Every op, checked from the rows of op_table().
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <set>

#include "graph/interpreter.h"
#include "ops/recorded.h"
#include "ops/simd_targets.h"
#include "reel/autodiff/check_op.h"
#include "reel/graph/verify.h"
#include "reel/models/formats/sha256.h"
#include "reel/ops/ops.h"
#include "sources.h"

namespace reel::testing {
namespace {

constexpr int64_t kRows = 37;  // several leaves, the last a remainder

bool is_same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

OpCheckOptions options_of(const OpRow& row) {
  return {.ids = row.id_bound,
          .low = row.values.low,
          .high = row.values.high,
          .smooth_low = row.smooth.low,
          .smooth_high = row.smooth.high,
          .order = row.order,
          .reference =
              [&row](std::span<const Tensor> inputs) {
                Arrays arrays;
                for (const Tensor& input : inputs) arrays.push_back(to_array(input));
                Array expected = row.reference(arrays);
                return OpReference{std::move(expected.values), std::move(expected.scale)};
              },
          .ulps = row.ulps};
}

TEST_CASE("ops: each passes check_op", "[ops]") {
  for_each_sample([](const OpRow& row, const Sample& sample) {
    if (Recorded(row, sample, DType::f32).node().leaf != Leaf::none) return;  // as of a sum of one: no op is recorded
    std::vector<Type> types;
    for (size_t i = 0; i < sample.size(); ++i)
      types.push_back({static_cast<int>(i) == row.ids ? DType::i32 : DType::f32, sample[i]});
    CHECK_NOTHROW(check_op(row.make, types, options_of(row)));
  });
}

/// What check_op holds against ops that say so is said by some of the table.
TEST_CASE("ops: every promise is made by an op of the table", "[ops]") {
  std::map<std::string, int> found;
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    Recorded recorded(row, sample, DType::f32);
    const Graph& graph = recorded.tape.graph();
    for (int32_t id = 0; id < graph.size(); ++id) {
      const Node& node = graph.node(id);
      if (node.leaf != Leaf::none || node.inputs.empty()) continue;
      const std::vector<Type> types = graph.input_types(node);
      const Traits traits = node.op->traits();
      found["contraction"] += traits.contraction;
      found["reduces_rows"] += traits.reduces_rows && !traits.contraction;
      found["sparse"] += traits.sparse;
      found["gather"] += traits.gather;
      found["vectorwise"] += traits.vectorwise;
      found["positional"] += traits.positional;
      found["strided"] += traits.strided && node.type.shape.has_rows();
      found["broadcast"] += traits.strided && !(types[0].shape == node.type.shape);
      found["part_of_row"] += node.op->part_of_row(types[0]).has_value();
      found["joins_rows"] += node.op->joins_rows();
      found["column"] += node.op->column().has_value();
      found["with_addend"] += node.op->with_addend() != nullptr;
      found["by_output_rows"] += node.op->by_output_rows() != nullptr;
      found["prepack"] += node.op->prepack(types).has_value();
      found["scratch"] += node.op->scratch_bytes(types, node.type, 1) > 0;
    }
  });
  for (const auto& [promise, count] : found) {
    INFO(promise);
    CHECK(count > 0);
  }
}

TEST_CASE("ops: the shape rule foretells the output", "[ops]") {
  for_each_sample([](const OpRow& row, const Sample& sample) {
    Recorded op(row, sample, DType::f32);
    verify(op.tape.graph(), std::span(&op.y, 1));
    Arrays arrays;
    for (const Tensor& value : random_arguments(row, sample, kRows, DType::f32)) arrays.push_back(to_array(value));
    const Shape& shape = op.y.shape();
    CHECK((shape.has_rows() ? shape.with_lead(kRows) : shape) == Shape(row.reference(arrays).dims));
  });
}

/// For other machines to compare with: the sha256 of the table's values, a line an op. The sign of a NaN that an
/// operation makes differs between processors (docs/design.md), so each counts as the same.
TEST_CASE("ops: print a hash of all values", "[.hashes]") {
  std::map<std::string, Sha256> hashes;
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor y = Recorded(row, sample, dtype).run(random_arguments(row, sample, kRows, dtype));
      for (int64_t i = 0; i < y.size(); ++i) {
        const double value = std::isnan(y.at(i)) ? std::numeric_limits<double>::quiet_NaN() : y.at(i);
        hashes[row.name].update(std::as_bytes(std::span(&value, 1)));
      }
    }
  });
  for (auto& [name, hash] : hashes) std::cout << hash.hex() << " " << name << "\n";
}

#if defined(__aarch64__)
constexpr bool kTellsBeforeRounding = true;
#else
constexpr bool kTellsBeforeRounding = false;
#endif

TEST_CASE("ops: NaN and numbers too small for a normal one, on every SIMD target", "[ops]") {
  int64_t checked = 0;
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for (const OpRow& row : op_table()) {
      for (const Special& special : row.specials) {
        Sample sample;
        std::vector<Tensor> values;
        for (const std::vector<double>& x : special.x) {
          const int64_t width = static_cast<int64_t>(x.size());
          sample.push_back({rows, width});
          Tensor all(DType::f64, {kRows, width});
          for (int64_t i = 0; i < all.size(); ++i) all.data<double>()[i] = x[static_cast<size_t>(i % width)];
          values.push_back(all.cast(special.dtype));
        }
        INFO(row.name << " " << to_string(special.dtype) << " on " << hwy::TargetName(target));
        const double expected = kTellsBeforeRounding ? special.told_before_rounding.value_or(special.y) : special.y;
        const Tensor y = Recorded(row, sample, special.dtype).run(values);
        for (int64_t i = 0; i < y.size(); ++i, ++checked) {
          if (!is_same_number(y.at(i), expected)) FAIL_CHECK("is " << y.at(i) << ", expected " << expected);
        }
      }
    }
  }
  CHECK(checked > 0);
}

/// Rows that stand for others depend on the block, so check_op leaves these ops to whole programs.
TEST_CASE("ops: any block of rows that share prefixes gives the bits of the whole", "[ops]") {
  int checked = 0;
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for_each_sample([&](const OpRow& row, const Sample& sample) {
      Recorded op(row, sample, DType::f32);
      if (op.tape.graph().prefix_source() < 0) return;
      ++checked;
      std::map<int32_t, Tensor> inputs;
      const std::vector<Tensor> values = random_arguments(row, sample, kRows, DType::f32);
      for (size_t i = 0; i < values.size(); ++i) inputs[op.arguments[i].id()] = values[i];
      const auto run = [&](int64_t block) {
        return interpret(op.tape.graph(), std::span(&op.y, 1), inputs, kRows, block)[op.y];
      };
      const Tensor whole = run(0);
      for (const int64_t block : {1, 3, 7}) {
        INFO(hwy::TargetName(target) << ", " << block << " rows at a time");
        CHECK(same_bits(run(block), whole));
      }
    });
  }
  CHECK(checked > 0);
}

TEST_CASE("ops: every function of the headers has a row", "[ops]") {
  const std::filesystem::path folder = std::filesystem::path(REEL_SOURCE_DIR) / "ops";
  std::string header;
  for (const char* name :
       {"ops.h", "einsum.h", "math.h", "movement.h", "pairs.h", "random.h", "reductions.h", "sequences.h", "windows.h"})
    header += text_of(folder / name);
  std::set<std::string> rows_of;
  for (const OpRow& row : op_table()) rows_of.insert(row.name);
  const std::set<std::string> functions = matches(header, "(?:^|\n)Var (\\w+)\\((?=\\w)");
  CHECK(functions.contains("matmul"));  // found at all
  for (const std::string& function : functions) {
    if (function != "operator" && !rows_of.contains(function)) FAIL_CHECK(function << " has no row in op_table()");
  }
}

TEST_CASE("ops: every op that the library can make, wherever it is defined, is made by a row", "[ops]") {
  std::set<std::string> made;
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    Recorded op(row, sample, DType::f32);
    op.run(random_arguments(row, sample, kRows, DType::f32));  // the passes make more
    for (int32_t id = 0; id < op.tape.graph().size(); ++id) {
      made.insert(std::string(op.tape.graph().node(id).op->name()));
    }
  });
  std::set<std::string> defined;
  for_each_source([&](const std::filesystem::path& path, const std::string& source) {
    if (matches(source, "(REEL_KERNEL|public \\w*Op\\b|public \\w*Product\\b|public SumOverRows)").empty()) return;
    for (const char* pattern :
         {"std::string_view name = \"(\\w+)\"", "name\\(\\) const override \\{ return [^;\"]*\"(\\w+)\"",
          "name\\(\\) const override \\{ return [^;]* : \"(\\w+)\"", "return has_addend_ \\? \"(\\w+)\"",
          "return has_addend_ \\? [^;]* : \"(\\w+)\"", "case Reduction::\\w+: return \"(\\w+)\"",
          "make_shared<RandomRows>\\(\"(\\w+)\""}) {
      for (const std::string& name : matches(source, pattern)) {
        defined.insert(name);
        if (!made.contains(name)) FAIL_CHECK(path << " has " << name << ", which no row makes");
      }
    }
  });
  for (const char* name : {"add", "matmul_nt_add", "gather", "sum_groups"}) CHECK(defined.contains(name));  // found
}

TEST_CASE("ops: where a gradient is a choice", "[ops]") {
  Tape tape;
  const auto gradient_at = [&](auto f, double at) {
    const Var x = tape.parameter(Tensor::scalar(at));
    return value_of(tape.gradient(f(x), x)).item();
  };
  const auto zero = [&] { return tape.constant(0.0); };
  CHECK(gradient_at([&](Var x) { return maximum(x, zero()); }, 0) == 0.5);
  CHECK(gradient_at([&](Var x) { return maximum(zero(), x); }, 0) == 0.5);
  CHECK(gradient_at([&](Var x) { return minimum(x, zero()); }, 0) == 0.5);
  CHECK(gradient_at([](Var x) { return relu(x); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return abs(x); }, 0) == 0);
  CHECK(gradient_at([](Var x) { return x * stop_gradient(x); }, 3) == 3);
  const Var ties = tape.parameter(Tensor::of<float>({1, 4}, {2, 1, 2, 2}));
  const Tensor shared = value_of(tape.gradient(sum(reduce_max(ties)), ties));
  for (int i = 0; i < 4; ++i) CHECK(shared.at(i) == Approx(i == 1 ? 0 : 1 / 3.0));
}

TEST_CASE("ops: a gradient passes between float types", "[ops]") {
  Tape tape;
  const Var x = tape.parameter(Tensor::of<float>({2}, {1, 3}));
  const Var dx = tape.gradient(sum(square(cast(x, DType::f64))), x);
  CHECK(dx.dtype() == DType::f32);
  CHECK(value_of(dx).at(1) == 6);
  CHECK(value_of(tape.gradient(sum(cast(cast(x, DType::i32), DType::f32)), x)).at(1) == 0);
}

}  // namespace
}  // namespace reel::testing
