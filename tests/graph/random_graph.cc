#include "graph/random_graph.h"

#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kWidth = 4, kSteps = 3, kTable = 6;

/// Values by shape, of which new nodes take their arguments.
enum Kind { kRows, kSequences, kTables, kSquares, kVectors, kScalars, kKinds };

class Generator {
 public:
  Generator(uint64_t seed, const Passes& passes) : random_(seed) { made_.graph().passes() = passes; }

  RandomGraph run(int size) {
    add_leaves();
    for (int i = 0; i < size; ++i) {
      const Kind kind = static_cast<Kind>(below(kKinds));
      const Var made = make(kind);
      if (made) pool_[kind].push_back(made);
    }
    finish();
    return std::move(made_);
  }

 private:
  int below(int bound) { return static_cast<int>(random_.below(static_cast<uint32_t>(bound))); }
  /// Late values more often than early ones, so that graphs grow deep.
  Var any(Kind kind) {
    const int size = static_cast<int>(pool_[kind].size());
    return pool_[kind][static_cast<size_t>(std::max(below(size), below(size)))];
  }

  Var parameter(const Shape& shape) {
    Tensor value = Tensor::randn(shape, 100 + made_.parameters.size(), DType::f64);
    for (double& element : value.data<double>()) element *= 0.5;
    made_.parameters.push_back(made_.tape->parameter(value));
    return made_.parameters.back();
  }

  void add_leaves() {
    Tape& tape = *made_.tape;
    ids_ = tape.input({rows}, DType::i32, "ids");
    sequence_ids_ = tape.input({rows, kSteps}, DType::i32, "sequences");
    const Var x = tape.input({rows, kWidth}, DType::f64, "x");
    made_.targets.inputs = {ids_, sequence_ids_, x};
    pool_[kRows] = {x};
    pool_[kTables] = {parameter({kTable, kWidth}), parameter({kTable, kWidth})};
    pool_[kSquares] = {parameter({kWidth, kWidth}), parameter({kWidth, kWidth})};
    pool_[kVectors] = {parameter({kWidth}), parameter({kWidth})};
    pool_[kScalars] = {parameter({}), tape.constant(0.5, DType::f64)};
    pool_[kSequences] = {gather(pool_[kTables][0], sequence_ids_)};
  }

  Var make(Kind kind) {
    switch (kind) {
      case kRows: return make_rows();
      case kSequences: return make_sequences();
      case kTables: return make_table();
      case kSquares: return make_square();
      case kVectors: return make_vector();
      default: return make_scalar();
    }
  }

  Var elementwise(Kind kind) {
    switch (below(5)) {
      case 0: return tanh(any(kind));
      case 1: return 0.5 * (any(kind) + any(kind));
      case 2: return tanh(any(kind) * any(kind));
      case 3: return any(kind) - 0.1;
      default: return add_n(std::array{any(kind), any(kind), any(kind)}) * 0.3;
    }
  }

  Var make_rows() {
    switch (below(10)) {
      case 0: return tanh(matmul(any(kRows), any(kSquares)));
      case 1: return any(kRows) * 0.5 + any(kVectors);
      case 2: return select(any(kSequences), 1, below(kSteps));
      case 3: return gather(any(kTables), ids_);
      case 4: return reduce_sum(any(kSequences), 1) * 0.3;
      case 5: return tanh(any(kRows) * any(kScalars));
      case 6: return gated(matmul(any(kRows), any(kSquares)) + any(kRows));
      case 7: return gated(any(kRows));
      default: return elementwise(kRows);
    }
  }

  /// Parts of rows, of which each goes its way and then most often to its old place.
  Var gated(Var x) {
    const std::vector<Var> parts = split(x, 2);
    const Var a = tanh(parts[0]), b = below(2) == 0 ? sigmoid(parts[1]) : tanh(parts[1]) * parts[0];
    switch (below(4)) {
      case 0: return concatenate(std::array{a * b, b});
      case 1: return concatenate(std::array{b, a});
      default: return concatenate(std::array{a, b});
    }
  }

  Var make_sequences() {
    switch (below(6)) {
      case 0: return stack(std::array{any(kRows), any(kRows), any(kRows)});
      case 1: return gather(any(kTables), sequence_ids_);
      case 2: return tanh(matmul(any(kSequences), any(kSquares)));
      case 3: return tanh(any(kSequences) * any(kVectors));
      case 4: return reshape(reshape(any(kSequences), {rows, kSteps * kWidth}), {rows, kSteps, kWidth});
      default: return elementwise(kSequences);
    }
  }
  Var make_table() {
    switch (below(5)) {
      case 0: return tanh(matmul(any(kTables), any(kSquares)));
      case 1: return tanh(scatter_add(ids_, any(kRows), kTable) * 0.1);
      case 2: return any(kTables) * 0.5 + any(kVectors);
      default: return elementwise(kTables);
    }
  }
  Var make_square() {
    switch (below(6)) {
      case 0: return tanh(matmul_tn(any(kRows), any(kRows)) * 0.05);
      case 1: return transpose(any(kSquares));
      case 2: return tanh(matmul(any(kSquares), any(kSquares)));
      case 3: return matmul_tn(any(kTables), any(kTables)) * 0.1;
      default: return elementwise(kSquares);
    }
  }
  Var make_vector() {
    switch (below(5)) {
      case 0: return tanh(sum_rows(any(kRows)) * 0.05);
      case 1: return sum_rows(any(kTables)) * 0.2;
      case 2: return select(any(kSquares), 1, below(kWidth));
      default: return elementwise(kVectors);
    }
  }
  Var make_scalar() {
    switch (below(4)) {
      case 0: return mean(any(kRows));
      case 1: return tanh(sum(any(kVectors)));
      default: return tanh(elementwise(kScalars));
    }
  }

  void finish() {
    Tape& tape = *made_.tape;
    Var loss = mean(square(any(kRows))) + mean(square(any(kSequences))) + mean(square(any(kTables))) +
               mean(square(any(kSquares))) + square(any(kScalars));
    const std::vector<Var> gradient = tape.gradient(loss, made_.parameters);
    made_.targets.outputs = {loss};
    if (below(2) == 0) made_.targets.guard = loss;
    for (size_t i = 0; i < made_.parameters.size(); ++i) {
      const Var w = made_.parameters[i];
      switch (below(6)) {
        case 0: made_.targets.outputs.push_back(gradient[i]); break;
        case 1: made_.targets.outputs.push_back(w); [[fallthrough]];
        case 2: made_.targets.assignments.push_back({w, w - 0.1 * gradient[i]}); break;
        case 3: made_.targets.assignments.push_back({w, 0.9 * w}); break;
        case 4: made_.targets.assignments.push_back({w, gradient[i]}); break;
        default: break;
      }
    }
    for (int i = 0; i < 3; ++i) made_.targets.outputs.push_back(any(static_cast<Kind>(below(kKinds))));
  }

  Random random_;
  RandomGraph made_;
  Var ids_, sequence_ids_;
  std::array<std::vector<Var>, kKinds> pool_;
};

}  // namespace

std::map<int32_t, Tensor> RandomGraph::batch(int64_t row_count) const {
  Random random(static_cast<uint64_t>(row_count));
  std::map<int32_t, Tensor> values;
  for (const Var& input : targets.inputs) {
    Tensor value(input.dtype(), input.shape().with_lead(row_count));
    if (input.dtype() == DType::i32) {
      for (int32_t& id : value.data<int32_t>()) id = static_cast<int32_t>(random.below(kTable));
    } else {
      for (double& element : value.data<double>()) element = random.normal();
    }
    values[input.id()] = value;
  }
  return values;
}

std::vector<Tensor> RandomGraph::in_order(const std::map<int32_t, Tensor>& batch) const {
  std::vector<Tensor> values;
  for (const Var& input : targets.inputs) values.push_back(batch.at(input.id()));
  return values;
}

RandomGraph random_graph(uint64_t seed, int size, const Passes& passes) { return Generator(seed, passes).run(size); }

}  // namespace reel::testing
