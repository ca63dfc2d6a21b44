// Every layer, forward and backward, against plain loops in double: with 1,001 rows, which are many tiles and a
// remainder, masked where it makes a difference. A layer without a row here fails a test.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/applied.h"
#include "models/plain_layers.h"
#include "ops/op_table.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kUnits = 4, kWords = 9;

/// Values of the layer for x, its weights and a mask, or none.
using PlainLayer = std::function<Array(const Array& x, const Arrays& weights, const Array* mask)>;

struct LayerRow {
  std::string what;
  LayerPtr layer;
  Shape input;  ///< [rows, ...]
  PlainLayer plain;
  bool is_masked = false, takes_ids = false, ends_mask = false;
};

double same(double x) { return x; }

LayerRow dense(std::string what, DenseOptions options, const Shape& input, bool is_masked = false) {
  double (*activation)(double) =
      options.activation.name() == "tanh" ? static_cast<double (*)(double)>(std::tanh) : same;
  return {std::move(what), Dense(kUnits, std::move(options)), input,
          [=](const Array& x, const Arrays& w, const Array*) { return plain_dense(x, w, activation); }, is_masked};
}

Array picked_rows(const Array& ids, const Array& table) {
  const int64_t width = table.dims[1];
  Array y = Array::zeros({ids.dims[0], ids.dims[1], width});
  for (size_t i = 0; i < y.values.size(); ++i) {
    const auto id = static_cast<int64_t>(ids.values[i / static_cast<size_t>(width)]);
    y.values[i] = table.values[static_cast<size_t>(id * width) + i % static_cast<size_t>(width)];
  }
  return y;
}

Array flat(Array x) {
  x.dims = {x.dims[0], x.product(1, x.rank())};
  return x;
}

struct Recurrence {
  std::string name;
  std::function<LayerPtr(bool return_sequences, bool go_backwards)> make;
  std::function<PlainStep(const Arrays& weights)> step;
  size_t states = 1;
};

template <class L, class Options>
auto maker_of(Options options) {
  return [=](bool return_sequences, bool go_backwards) -> LayerPtr {
    Options own = options;
    own.return_sequences = return_sequences;
    own.go_backwards = go_backwards;
    return L(kUnits, own);
  };
}

std::vector<Recurrence> recurrences() {
  return {{"SimpleRNN", maker_of<SimpleRNN>(SimpleRNNOptions{}), plain_simple_rnn},
          {"LSTM", maker_of<LSTM>(LSTMOptions{}), plain_lstm, 2},
          {"GRU", maker_of<GRU>(GRUOptions{}), [](const Arrays& w) { return plain_gru(w, true); }},
          {"GRU, reset before", maker_of<GRU>(GRUOptions{.reset_after = false}),
           [](const Arrays& w) { return plain_gru(w, false); }}};
}

void add_recurrences(std::vector<LayerRow>& table) {
  for (const Recurrence& recurrence : recurrences()) {
    for (const bool is_masked : {false, true}) {
      for (const bool return_sequences : {false, true}) {
        for (const bool go_backwards : {false, true}) {
          const PlainSequence options{return_sequences, go_backwards};
          const auto plain = [=](const Array& x, const Arrays& weights, const Array* mask) {
            return unrolled(x, mask, recurrence.states, kUnits, options, recurrence.step(weights));
          };
          table.push_back({recurrence.name + (is_masked ? ", masked" : "") + (return_sequences ? ", all outputs" : "") +
                               (go_backwards ? ", backwards" : ""),
                           recurrence.make(return_sequences, go_backwards),
                           {rows, 6, 3},
                           plain,
                           is_masked,
                           false,
                           !return_sequences});
        }
      }
    }
  }
}

std::vector<LayerRow> layer_table() {
  std::vector<LayerRow> table;
  table.push_back(dense("Dense", {.activation = tanh}, {rows, 5}));
  table.push_back(dense("Dense of sequences", {}, {rows, 4, 3}, true));
  table.push_back(dense("Dense without bias", {.activation = tanh, .use_bias = false}, {rows, 37}));
  table.push_back({"Embedding",
                   Embedding(kWords, 3, {.mask_zero = true}),
                   {rows, 6},
                   [](const Array& x, const Arrays& w, const Array*) { return picked_rows(x, w[0]); },
                   false,
                   true});
  table.push_back({"Flatten",
                   Flatten(),
                   {rows, 3, 2},
                   [](const Array& x, const Arrays&, const Array*) { return flat(x); },
                   true,
                   false,
                   true});
  table.push_back({"Activation",
                   ActivationLayer(tanh),
                   {rows, 4, 3},
                   [](const Array& x, const Arrays&, const Array*) { return unary(std::tanh)({x}); },
                   true});
  table.push_back(
      {"Input", Input({4, 3}), {rows, 4, 3}, [](const Array& x, const Arrays&, const Array*) { return x; }, true});
  add_recurrences(table);
  return table;
}

/// Sequences padded in front, each at another step; some are all padding, some have none. [rows, steps]
Tensor padding_in_front(int64_t row_count, int64_t steps, DType dtype) {
  Tensor mask(DType::f32, {row_count, steps});
  for (int64_t i = 0; i < mask.size(); ++i) {
    mask.data<float>()[static_cast<size_t>(i)] = i % steps >= i / steps % (steps + 1) ? 1.0f : 0.0f;
  }
  return mask.cast(dtype);
}

/// A row of the table recorded in a type, and numbers for all that it reads.
class RecordedLayer {
 public:
  RecordedLayer(const LayerRow& row, DType dtype, int64_t row_count) : row_(row), dtype_(dtype), count_(row_count) {
    const LayerPtr layer = row.layer;
    const Type input{row.takes_ids ? DType::i32 : dtype, row.input};
    x_ = add_input(input, row.takes_ids ? some_ids() : random(input.shape));
    if (row.is_masked) mask_ = add_input({dtype, {rows, row.input[1]}}, padding_in_front(count_, row.input[1], dtype));
    std::vector<Var> weights;
    for (const Variable& weight : weights_of(layer, input)) {
      numbers_.push_back(random(weight.shape()));
      weights.push_back(tape_.parameter(numbers_.back()));
    }
    const Flow given = applied(layer, {x_, mask_}, weights);
    const Var g = add_input({dtype, given.value.shape()}, random(given.value.shape()));
    by_ = weights;
    if (!row.takes_ids) by_.push_back(x_);
    outputs_ = tape_.gradient(sum(given.value * g), by_);
    outputs_.insert(outputs_.begin(), given.value);
    given_ = given;
  }

  void check(double tolerance) {
    std::vector<Var> outputs = outputs_;
    if (given_.mask) outputs.push_back(given_.mask);
    const std::vector<Tensor> results = tape_.compile({.outputs = outputs, .inputs = inputs_}).run(fed_);
    {
      const WithThreads three(3);
      CHECK(tape_.compile({.outputs = outputs, .inputs = inputs_}).run(fed_)[0].at(0) == results[0].at(0));
    }
    check_values(results[0], tolerance);
    for (size_t i = 0; i < by_.size(); ++i) check_derivative(i, results[1 + i], tolerance);
    check_mask(results);
  }

 private:
  Var add_input(const Type& type, Tensor value) {
    inputs_.push_back(tape_.input(type.shape, type.dtype));
    fed_.push_back(std::move(value));
    return inputs_.back();
  }

  Tensor random(const Shape& shape) {
    const Shape concrete = shape.has_rows() ? shape.with_lead(count_) : shape;
    return Tensor::uniform(concrete, -0.9, 0.9, ++seed_, DType::f32).cast(dtype_);
  }

  Tensor some_ids() {
    Random source(++seed_);
    Tensor ids(DType::i32, row_.input.with_lead(count_));
    for (int32_t& id : ids.data<int32_t>()) id = static_cast<int32_t>(source.below(kWords));
    return ids;
  }

  /// The layer's values in double, with weight or input `which` moved by `distance` along `v`.
  Array plain(size_t which = 0, double distance = 0, const Tensor* v = nullptr) const {
    Array x = to_array(fed_[0]);
    Arrays weights;
    for (const Tensor& weight : numbers_) weights.push_back(to_array(weight));
    if (v != nullptr) {
      Array& moved = which < weights.size() ? weights[which] : x;
      for (size_t i = 0; i < moved.values.size(); ++i) moved.values[i] += distance * v->at(static_cast<int64_t>(i));
    }
    const Array mask = row_.is_masked ? to_array(fed_[1]) : Array{};
    return row_.plain(x, weights, row_.is_masked ? &mask : nullptr);
  }

  void check_values(const Tensor& y, double tolerance) const {
    const Array expected = plain();
    REQUIRE(y.shape() == Shape(expected.dims));
    double worst = 0;
    for (size_t i = 0; i < expected.values.size(); ++i) {
      worst = std::max(worst, std::abs(y.at(static_cast<int64_t>(i)) - expected.values[i]));
    }
    CHECK(worst <= tolerance);
  }

  double dot_with_cotangent(const Array& y) const {
    double total = 0;
    for (size_t i = 0; i < y.values.size(); ++i) total += y.values[i] * fed_.back().at(static_cast<int64_t>(i));
    return total;
  }

  /// Along a direction, against a difference of the plain layer.
  void check_derivative(size_t which, const Tensor& gradient, double tolerance) {
    constexpr double kStep = 1e-5;
    const Tensor v = Tensor::uniform(gradient.shape(), -1, 1, ++seed_, DType::f64);
    double analytic = 0, size = 0;
    for (int64_t i = 0; i < v.size(); ++i) {
      analytic += gradient.at(i) * v.at(i);
      size += std::abs(gradient.at(i) * v.at(i));
    }
    const double numeric =
        (dot_with_cotangent(plain(which, kStep, &v)) - dot_with_cotangent(plain(which, -kStep, &v))) / (2 * kStep);
    INFO("derivative by " << (which < numbers_.size() ? "weight " + std::to_string(which) : "the input"));
    CHECK(std::abs(analytic - numeric) <= std::max(tolerance, 1e-8) * std::max(size, 1.0));
  }

  void check_mask(const std::vector<Tensor>& results) const {
    const bool masks = row_.takes_ids || (row_.is_masked && !row_.ends_mask);
    REQUIRE(static_cast<bool>(given_.mask) == masks);
    if (!masks) return;
    const Tensor& mask = results.back();
    bool agrees = true;
    for (int64_t i = 0; i < mask.size(); ++i) {
      agrees = agrees && (mask.at(i) != 0) == (fed_[row_.takes_ids ? 0 : 1].at(i) != 0);
    }
    CHECK(agrees);
  }

  const LayerRow& row_;
  DType dtype_;
  int64_t count_;
  uint64_t seed_ = 0;
  Tape tape_;
  std::vector<Var> inputs_, by_, outputs_;
  std::vector<Tensor> fed_, numbers_;
  Var x_, mask_;
  Flow given_;
};

TEST_CASE("layers: 1,001 rows in float against plain loops in double, forward and backward", "[layers][layer_rows]") {
  for (const LayerRow& row : layer_table()) {
    INFO(row.what);
    RecordedLayer(row, DType::f32, 1001).check(2e-6);
  }
}

TEST_CASE("layers: some rows in double against plain loops, to its last digits", "[layers][layer_rows]") {
  for (const LayerRow& row : layer_table()) {
    INFO(row.what);
    RecordedLayer(row, DType::f64, 37).check(1e-14);
  }
}

}  // namespace
}  // namespace reel::testing
