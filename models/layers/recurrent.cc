#include "reel/models/layers/recurrent.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"

namespace reel {
namespace {

class SimpleRNNCell final : public Cell {
 public:
  SimpleRNNCell(int64_t units, SimpleRNNOptions options) : units_(units), options_(std::move(options)) {
    check_positive("SimpleRNN", "units", units);
  }

  std::string class_name() const override { return "SimpleRNN"; }
  std::vector<int64_t> state_sizes() const override { return {units_}; }

  std::vector<Weight> weights(int64_t features) const override {
    std::vector<Weight> made{{"kernel", {features, units_}, options_.kernel_initializer},
                             {"recurrent_kernel", {units_, units_}, options_.recurrent_initializer}};
    if (options_.use_bias) made.push_back({"bias", {units_}, options_.bias_initializer});
    return made;
  }

  std::vector<Var> step(Var x, const std::vector<Var>& states, const WeightVars& weights) const override {
    Var z = matmul(x, weights[0]);
    if (options_.use_bias) z = z + weights[2];
    return {options_.activation(z + matmul(states[0], weights[1]))};
  }

 private:
  int64_t units_;
  SimpleRNNOptions options_;
};

/// What a cell gets wrong is told here: further on it would be another op's mistake.
void check_states(const Cell& cell, std::span<const Var> states, std::span<const Var> next) {
  if (next.size() != states.size()) {
    throw ShapeError(
        fmt::format("{}: a step must give {} states, gave {}", cell.class_name(), states.size(), next.size()));
  }
  for (size_t i = 0; i < states.size(); ++i) {
    if (next[i] && next[i].type() == states[i].type()) continue;
    throw ShapeError(fmt::format("{}: a step must give state {} as {}, gave {}", cell.class_name(), i,
                                 states[i].type().str(), next[i] ? next[i].type().str() : std::string("nothing")));
  }
}

}  // namespace

RNN::RNN(std::shared_ptr<const Cell> cell, RNNOptions options) : cell_(std::move(cell)), options_(std::move(options)) {
  if (!cell_) throw ValueError("RNN: expected a cell, got a null pointer");
  set_default_name(options_.name);
}

void RNN::build(const Type& input) {
  if (input.shape.rank() != 3 || input.shape[1] == 0) {
    throw ShapeError(fmt::format("{}: needs sequences [rows, steps, features], got {}", class_name(), input.str()));
  }
  if (cell_->state_sizes().empty()) throw ShapeError(fmt::format("{}: a cell needs at least one state", class_name()));
  for (Weight& weight : cell_->weights(input.shape[2])) {
    add_weight(weight.name, weight.shape, weight.initializer, weight.trainable);
  }
}

Flow RNN::call(Flow input, const WeightVars& weights) const {
  Graph& graph = input.value.graph();
  if (!weights.empty()) input.value = cast(input.value, weights[0].dtype());
  const int64_t steps = input.value.shape()[1];
  std::vector<Var> states, outputs;
  for (const int64_t size : cell_->state_sizes()) {
    states.push_back(broadcast_to(graph.constant(0, input.value.dtype()), {input.value.shape()[0], size}));
  }
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = options_.go_backwards ? steps - 1 - i : i;
    std::vector<Var> next = cell_->step(select(input.value, 1, t), states, weights);
    check_states(*cell_, states, next);
    if (input.mask) {
      const Var valid = reshape(select(input.mask, 1, t), {input.value.shape()[0], 1});
      for (size_t s = 0; s < states.size(); ++s) next[s] = where(valid, next[s], states[s]);
    }
    states = std::move(next);
    if (options_.return_sequences) outputs.push_back(states[0]);
  }
  if (!options_.return_sequences) return {states[0]};
  return {stack(outputs), input.mask};
}

SimpleRNN::SimpleRNN(int64_t units, SimpleRNNOptions options)
    : RNN(std::make_shared<SimpleRNNCell>(units, options), unrolling_of(options)) {}

}  // namespace reel
