// Memory that an op asks for beside its operands, and the rows of a tile where rows are wide.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>

#include "graph/interpreter.h"
#include "graph/planned.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/plan/align.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

/// What ops see of the memory that they ask for.
struct Seen {
  std::atomic<int64_t> calls = 0;
  std::atomic<bool> is_wrong = false;
};

/// An op of one's own: y = 3 x, or the sum of 3 x over rows. With `seen`, it writes garbage all over the memory that it
/// asks for; without, it asks for none.
class Tripled final : public Op {
 public:
  Tripled(bool sums, Seen* seen, int64_t number) : sums_(sums), seen_(seen), number_(number) {}
  std::string_view name() const override { return sums_ ? "tripled_sum" : "tripled"; }
  std::string attributes() const override { return std::to_string(number_); }
  Traits traits() const override { return {.accumulates = sums_, .reduces_rows = sums_, .contraction = sums_}; }
  Type infer(std::span<const Type> inputs) const override {
    return sums_ ? Type{inputs[0].dtype, Shape{inputs[0].shape.row_size()}} : inputs[0];
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }
  int64_t scratch_bytes(std::span<const Type> inputs, const Type&, int64_t most_rows) const override {
    if (!seen_) return 0;
    most_rows_ = std::max(most_rows_, most_rows);
    return bytes_for(inputs[0], most_rows);
  }

  void run(const Block& block) const override {
    const int64_t size = block.rows * block.inputs[0].type->shape.row_size();
    const float* x = block.in<float>(0);
    if (seen_) use_scratch(block);
    if (sums_) {
      const int64_t width = block.inputs[0].type->shape.row_size();
      for (int64_t i = 0; i < size; ++i) block.out<float>()[i % width] += 3 * x[i];
    } else {
      for (int64_t i = 0; i < size; ++i) block.out<float>()[i] = 3 * x[i];
    }
    if (seen_) std::memset(block.scratch, 0xff, bytes_of(block));  // NaNs
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    if (sums_) return {3.0 * broadcast_to(reshape(dy, x[0].shape().with_lead(1)), x[0].shape())};
    return {dy.graph().add(std::make_shared<Tripled>(false, seen_, number_ + 1000), std::array{dy})};
  }

 private:
  static int64_t bytes_for(const Type& type, int64_t row_count) { return 1001 + row_count * type.row_bytes(); }
  size_t bytes_of(const Block& block) const {
    return static_cast<size_t>(bytes_for(*block.inputs[0].type, most_rows_));
  }
  /// Operands must not change while all of it is written.
  void use_scratch(const Block& block) const {
    ++seen_->calls;
    const float* x = block.in<float>(0);
    const std::vector<float> before(x, x + block.rows * block.inputs[0].type->shape.row_size());
    const bool is_aligned = block.scratch && reinterpret_cast<uintptr_t>(block.scratch) % kAlign == 0;
    if (!is_aligned || block.rows > most_rows_) {
      seen_->is_wrong = true;
      return;
    }
    std::memset(block.scratch, 0xff, bytes_of(block));
    if (!std::equal(before.begin(), before.end(), x)) seen_->is_wrong = true;
  }

  bool sums_;
  Seen* seen_;
  int64_t number_;
  mutable int64_t most_rows_ = 0;  // of a block, as was said when it was asked for
};

/// Values that are alive while such ops run, over the batch or over rows of a parameter: what they come to, and the
/// weights that are assigned.
struct Model {
  Tape tape;
  Tensor weight;
  Targets targets;
  int64_t next_op = 0;

  Var tripled(Var x, bool sums, Seen* seen) {
    return tape.graph().add(std::make_shared<Tripled>(sums, seen, sums ? 0 : ++next_op), std::array{x});
  }

  Model(const Shape& shape, const Shape& weight_shape, Seen* seen) : weight(Tensor::randn(weight_shape, 1)) {
    const Var w = tape.parameter(weight);
    Var x = w;
    if (shape.has_rows()) {
      targets.inputs.push_back(tape.input(shape));
      x = tanh(targets.inputs[0] * w);
    }
    std::vector<Var> kept{x};
    for (int i = 0; i < 4; ++i) {
      kept.push_back(tripled(tanh(kept.back()) * 0.3, false, seen) + kept[kept.size() / 2]);
    }
    std::vector<Var> sums;  // several run together
    for (const Var& value : kept) sums.push_back(tripled(value, true, seen));
    const Var loss = mean(square(add_n(kept))) + 1e-3 * sum(square(add_n(sums)));
    targets.outputs = {loss, kept.back()};
    targets.assignments = {{w, w - 0.1 * tape.gradient(loss, w)}};
  }

  std::vector<Tensor> run(const std::vector<Tensor>& batch) {
    Program program = tape.compile(targets);
    std::vector<Tensor> results = program.run(batch);
    results.push_back(weight);
    return results;
  }
};

struct Case {
  std::string name;
  Shape shape, weight;
};

/// Stages over the batch, over other rows, and of small values that are computed whole.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {{"of the batch", {rows, 37}, {37}},
                                        {"of a batch of wide rows", {rows, 3, 100000}, {3, 100000}},
                                        {"over fixed rows", {5000, 12}, {5000, 12}},
                                        {"whole", {7, 5}, {7, 5}}};
  return all;
}

TEST_CASE("scratch: an op gets the memory that it asks for, and may leave anything there", "[scratch]") {
  for (const Case& it : cases()) {
    std::vector<Tensor> batch;
    if (it.shape.has_rows())
      batch.push_back(Tensor::randn(it.shape.with_lead(it.shape.row_size() > 1000 ? 5 : 100), 2));
    const std::vector<Tensor> expected = Model(it.shape, it.weight, nullptr).run(batch);
    for (const int threads : {1, 3}) {
      INFO(it.name << ", " << threads << " threads");
      const WithThreads with(threads);
      Seen seen;
      const std::vector<Tensor> results = Model(it.shape, it.weight, &seen).run(batch);
      CHECK(seen.calls > 10);
      CHECK_FALSE(seen.is_wrong);
      for (size_t i = 0; i < results.size(); ++i) CHECK(same_bits(results[i], expected[i]));
    }
  }
}

TEST_CASE("scratch: no value that is alive lies in it", "[scratch]") {
  for (const Case& it : cases()) {
    INFO(it.name);
    Seen seen;
    Model model(it.shape, it.weight, &seen);
    rewrite_for_running(model.tape.graph(), model.targets);
    const Planned plan(model.tape.graph(), model.targets);
    check_all(plan);
    const auto has_scratch = [&](int32_t id) { return plan.memory.scratch[static_cast<size_t>(id)] >= 0; };
    CHECK(std::count_if(plan.schedule.live.begin(), plan.schedule.live.end(), has_scratch) >= 9);
  }
}

/// 12 MB a row, at the first of them and at the last.
TEST_CASE("wide rows: a tile has as few of them as it must, down to one", "[scratch]") {
  constexpr int64_t kRow = 3 << 20, kRowBytes = kRow * 4;
  Tape tape;
  const Var x = tape.input({rows, kRow});
  Var y = x * 0.5;
  for (int i = 0; i < 6; ++i) y = relu(y + 0.125) * (x + 0.25);
  Program program = tape.compile({sum(y)});
  CHECK(program.stats().arena_bytes >= kRowBytes);
  CHECK(program.stats().arena_bytes <= 3.01 * kRowBytes);
  const Tensor batch = Tensor::uniform({2, kRow}, -1, 1, 1);
  const double both = program.run({batch})[0].item();
  const double first = program.run({batch.slice_rows(0, 1)})[0].item(),
               second = program.run({batch.slice_rows(1, 2)})[0].item();
  CHECK(both == static_cast<double>(static_cast<float>(first) + static_cast<float>(second)));  // a leaf each
}

TEST_CASE("wide rows: what is kept for the way back is a few rows as well", "[scratch]") {
  constexpr int64_t kRow = 5 << 18, kRowBytes = kRow * 4, kLayers = 5;  // 5 MB a row
  Tape tape;
  const Var x = tape.input({rows, kRow}), w = tape.parameter(Tensor::full({kRow}, 0.9));
  Var y = x;
  for (int64_t i = 0; i < kLayers; ++i) y = tanh(y * w);
  const Var loss = mean(square(y));
  Program program = tape.compile({.outputs = {loss}, .assignments = {{w, w - tape.gradient(loss, w)}}});
  CHECK(program.stats().arena_bytes <= (kLayers + 4) * kRowBytes);
  CHECK_NOTHROW(program.run({Tensor::uniform({3, kRow}, -1, 1, 1)}));
}

}  // namespace
}  // namespace reel::testing
