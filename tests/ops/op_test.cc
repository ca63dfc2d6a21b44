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
#include "reel/autodiff/check_gradients.h"
#include "reel/graph/verify.h"
#include "reel/models/formats/sha256.h"
#include "reel/ops/ops.h"
#include "sources.h"

namespace reel::testing {
namespace {

constexpr int64_t kRows = 37;         // several leaves, the last a remainder
constexpr int64_t kGradientRows = 3;  // every element is perturbed through its direction, so few will do

bool is_same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// The first element that is off by more than the row allows; -1 if none is.
int64_t first_wrong(const OpRow& row, const Tensor& y, const Array& expected) {
  const double unit = y.dtype() == DType::f32 ? 0x1p-23 : 0x1p-52;
  // The double reference itself comes from a C library that may be off by a unit.
  const double ulps = row.ulps > 0.5 && y.dtype() == DType::f64 ? row.ulps + 1 : row.ulps;
  for (int64_t i = 0; i < y.size(); ++i) {
    const size_t at = static_cast<size_t>(i);
    const double error = std::abs(y.at(i) - expected.values[at]);
    if (is_same_number(y.at(i), expected.values[at]) || error <= ulps * unit * expected.scale_at(at)) continue;
    return i;
  }
  return -1;
}

void check_value(const OpRow& row, const Sample& sample, DType dtype) {
  const std::vector<Tensor> values = random_arguments(row, sample, kRows, dtype);
  Arrays arrays;
  for (const Tensor& value : values) arrays.push_back(to_array(value));
  const Array expected = row.reference(arrays);
  Recorded op(row, sample, dtype);
  const Tensor y = op.run(values);
  REQUIRE(y.dtype() == dtype);
  REQUIRE(y.shape() == Shape(expected.dims));
  if (const int64_t i = first_wrong(row, y, expected); i >= 0) {
    FAIL_CHECK(to_string(dtype) << " element " << i << " is " << y.at(i) << ", expected "
                                << expected.values[static_cast<size_t>(i)] << " within " << row.ulps << " units");
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

TEST_CASE("ops: values on every SIMD target against a reference in double", "[ops]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    INFO(hwy::TargetName(target));
    for_each_sample([](const OpRow& row, const Sample& sample) {
      check_value(row, sample, DType::f32);
      check_value(row, sample, DType::f64);
    });
  }
}

TEST_CASE("ops: every SIMD target gives the same bits", "[ops]") {
  const std::vector<int64_t> targets = runnable_targets();
  if (targets.size() == 1) WARN("this machine has only " << hwy::TargetName(targets[0]) << ", nothing to compare");
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const auto run_on = [&](int64_t target) {
        const OnTarget on(target);
        return Recorded(row, sample, dtype).run(random_arguments(row, sample, kRows, dtype));
      };
      const Tensor best = run_on(targets[0]);
      for (const int64_t target : targets) {
        INFO(hwy::TargetName(target) << " " << to_string(dtype));
        CHECK(same_bits(run_on(target), best));
      }
    }
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

/// What `op` comes to on `values`, cut into blocks of rows that are computed each by itself, from zero, and added up.
Tensor sum_of_blocks(Recorded& op, const std::vector<Tensor>& values, int64_t block_rows) {
  Tensor sum = Tensor::zeros(op.y.shape());
  for (int64_t first = 0; first < kRows; first += block_rows) {
    const int64_t end = std::min(first + block_rows, kRows);
    std::map<int32_t, Tensor> inputs;
    for (size_t i = 0; i < values.size(); ++i) inputs[op.arguments[i].id()] = values[i].slice_rows(first, end);
    const Tensor block = interpret(op.tape.graph(), std::span(&op.y, 1), inputs, end - first)[op.y];
    std::ranges::transform(sum.data<float>(), block.data<float>(), sum.data<float>().begin(), std::plus());
  }
  return sum;
}

TEST_CASE("ops: any block of rows gives the bits of the whole, and of a contraction a sum of its own", "[ops]") {
  int64_t contractions = 0, others = 0;  // that sum over rows
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for_each_sample([&](const OpRow& row, const Sample& sample) {
      Recorded op(row, sample, DType::f32);
      const Traits traits = op.node().op->traits();
      if (traits.contraction && !op.arguments[0].shape().has_rows())
        return;  // of a value that blocks cannot be cut from
      contractions += traits.contraction;
      others += traits.reduces_rows && !traits.contraction;
      std::map<int32_t, Tensor> inputs;
      const std::vector<Tensor> values = random_arguments(row, sample, kRows, DType::f32);
      for (size_t i = 0; i < values.size(); ++i) inputs[op.arguments[i].id()] = values[i];
      const auto run = [&](int64_t block) {
        return interpret(op.tape.graph(), std::span(&op.y, 1), inputs, kRows, block)[op.y];
      };
      const Tensor whole = run(0);
      for (const int64_t block : {1, 3, 7}) {
        INFO(hwy::TargetName(target) << ", " << block << " rows at a time");
        CHECK(same_bits(run(block), traits.contraction ? sum_of_blocks(op, values, block) : whole));
      }
    });
  }
  CHECK(contractions > 0);
  CHECK(others > 0);
}

/// Runs the op of `y` on all rows of `values` into `output`, with `marks` if it takes them.
void run_alone(const Recorded& op, const std::vector<Tensor>& values, Tensor& output, uint64_t* marks) {
  const Node& node = op.y.graph().node(op.y);
  const std::vector<Type> types = op.y.graph().input_types(node);
  std::vector<Operand> operands;
  for (size_t i = 0; i < values.size(); ++i) operands.push_back({values[i].raw(), &types[i]});
  const Block block{.rows = values[0].shape()[0],
                    .batch_rows = kRows,
                    .inputs = operands,
                    .output = output.raw(),
                    .type = &node.type,
                    .marks = marks};
  node.op->run(block);
}

TEST_CASE("ops: what adds to few rows marks them, and starts them with zeros", "[ops]") {
  int sparse = 0;
  for_each_sample([&](const OpRow& row, const Sample& sample) {
    const Recorded op(row, sample, DType::f32);
    if (!op.y.graph().node(op.y).op->traits().sparse) return;
    ++sparse;
    const std::vector<Tensor> values = random_arguments(row, sample, kRows, DType::f32);
    Tensor whole = Tensor::zeros(op.y.shape()), marked = Tensor::full(op.y.shape(), 77.0);
    const int64_t table_rows = op.y.shape()[0], width = op.y.shape().row_size();
    std::vector<uint64_t> marks(static_cast<size_t>(bytes_of_marks(table_rows)) / sizeof(uint64_t));
    run_alone(op, values, whole, nullptr);
    run_alone(op, values, marked, marks.data());
    for (int64_t i = 0; i < whole.size(); ++i) {
      CHECK((is_marked(marks.data(), i / width) ? marked.at(i) : 0.0) == whole.at(i));
    }
  });
  CHECK(sparse > 0);
}

TEST_CASE("ops: first and second derivatives against differences", "[ops]") {
  for_each_sample([](const OpRow& row, const Sample& sample) {
    if (row.order < 0) return;
    const GradientCheckOptions options{.order = std::max(row.order, 1), .directions = 2};
    const GradientCheck check = check_gradients([&](Tape&, std::span<const Var> x) { return row.make(x); },
                                                smooth_arguments(row, sample, kGradientRows), options);
    if (!check) FAIL_CHECK(check.message);
    if (row.order == 0) CHECK(check.analytic == 0);
  });
}

TEST_CASE("ops: every function of ops.h and random.h has a row", "[ops]") {
  const std::filesystem::path folder = std::filesystem::path(REEL_SOURCE_DIR) / "ops";
  const std::string header = text_of(folder / "ops.h") + text_of(folder / "random.h");
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
          "return has_addend_ \\? [^;]* : \"(\\w+)\"", "make_shared<RandomRows>\\(\"(\\w+)\""}) {
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
