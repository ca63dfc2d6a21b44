#include "reel/models/layers/lstm.h"

#include "reel/models/layers/arguments.h"

namespace reel {
namespace {

/// `base`, with ones in the second quarter.
Initializer with_open_forget_gate(Initializer base) {
  return [base = std::move(base)](const Shape& shape, Random& random) {
    Tensor bias = base(shape, random);
    const auto values = bias.data<float>();
    std::fill_n(values.begin() + static_cast<ptrdiff_t>(values.size() / 4), values.size() / 4, 1.0f);
    return bias;
  };
}

class LSTMCell final : public Cell {
 public:
  LSTMCell(int64_t units, LSTMOptions options) : units_(units), options_(std::move(options)) {
    check_positive("LSTM", "units", units);
  }

  std::string class_name() const override { return "LSTM"; }
  std::vector<int64_t> state_sizes() const override { return {units_, units_}; }

  std::vector<Weight> weights(int64_t features) const override {
    std::vector<Weight> made{{"kernel", {features, 4 * units_}, options_.kernel_initializer},
                             {"recurrent_kernel", {units_, 4 * units_}, options_.recurrent_initializer}};
    if (options_.use_bias) {
      const Initializer& bias = options_.bias_initializer;
      made.push_back({"bias", {4 * units_}, options_.unit_forget_bias ? with_open_forget_gate(bias) : bias});
    }
    return made;
  }

  std::vector<Var> step(Var x, const std::vector<Var>& states, const WeightVars& weights) const override {
    const Var h = states[0], c = states[1];
    Var z = matmul(x, weights[0]);
    if (options_.use_bias) z = z + weights[2];
    const std::vector<Var> gates = split(z + matmul(h, weights[1]), 4);
    const auto open = [&](size_t gate) { return options_.recurrent_activation(gates[gate]); };
    const Var next = open(1) * c + open(0) * options_.activation(gates[2]);
    return {open(3) * options_.activation(next), next};
  }

 private:
  int64_t units_;
  LSTMOptions options_;
};

}  // namespace

LSTM::LSTM(int64_t units, LSTMOptions options)
    : RNN(std::make_shared<LSTMCell>(units, options), unrolling_of(options)) {}

}  // namespace reel
