#include "reel/models/layers/gru.h"

#include "reel/models/layers/arguments.h"

namespace reel {
namespace {

class GRUCell final : public Cell {
 public:
  GRUCell(int64_t units, GRUOptions options) : units_(units), options_(std::move(options)) {
    check_positive("GRU", "units", units);
  }

  std::string class_name() const override { return "GRU"; }
  std::vector<int64_t> state_sizes() const override { return {units_}; }

  std::vector<Weight> weights(int64_t features) const override {
    std::vector<Weight> made{{"kernel", {features, 3 * units_}, options_.kernel_initializer},
                             {"recurrent_kernel", {units_, 3 * units_}, options_.recurrent_initializer}};
    if (options_.use_bias) {
      const Shape bias = options_.reset_after ? Shape{2, 3 * units_} : Shape{3 * units_};
      made.push_back({"bias", bias, options_.bias_initializer});
    }
    return made;
  }

  std::vector<Var> step(Var x, const std::vector<Var>& states, const WeightVars& weights) const override {
    const Var h = states[0];
    const Parts kernel = parts(weights[0]), recurrent_kernel = parts(weights[1]);
    const Biases bias = options_.use_bias ? biases(weights[2]) : Biases{};
    const std::vector<Var> gates =
        split(plus(matmul(x, kernel.gates), bias.gates) + matmul(h, recurrent_kernel.gates), 2);
    const Var z = options_.recurrent_activation(gates[0]), r = options_.recurrent_activation(gates[1]);
    const Var from_x = plus(matmul(x, kernel.state), bias.state);
    const Var from_h = options_.reset_after ? r * plus(matmul(h, recurrent_kernel.state), bias.recurrent)
                                            : matmul(r * h, recurrent_kernel.state);
    const Var n = options_.activation(from_x + from_h);
    return {n + z * (h - n)};
  }

 private:
  /// Columns of a weight [..., 3 units].
  struct Parts {
    Var gates;  ///< z and r, [..., 2 units]
    Var state;  ///< [..., units]
  };
  struct Biases {
    Var gates;             ///< [2 units]
    Var state, recurrent;  ///< [units], outside and inside of what r is multiplied with
  };

  /// Weights are cut up once a step of training, where products would be for every step of the sequence.
  Parts parts(Var weight) const { return {slice(weight, 1, 0, 2 * units_), slice(weight, 1, 2 * units_, units_)}; }

  /// All that is added to the gates is added on the side of x, where it can be hoisted.
  Biases biases(Var bias) const {
    const auto flat = [](Var part) { return reshape(part, {part.shape().size()}); };
    if (!options_.reset_after) {
      const Parts all = parts(reshape(bias, {1, 3 * units_}));
      return {flat(all.gates), flat(all.state), {}};
    }
    const std::vector<Var> sides = split(reshape(bias, {1, 6 * units_}), 2);
    const Parts on_x = parts(sides[0]), on_h = parts(sides[1]);
    return {flat(on_x.gates + on_h.gates), flat(on_x.state), flat(on_h.state)};
  }

  static Var plus(Var x, Var bias) { return bias ? x + bias : x; }

  int64_t units_;
  GRUOptions options_;
};

}  // namespace

GRU::GRU(int64_t units, GRUOptions options) : RNN(std::make_shared<GRUCell>(units, options), unrolling_of(options)) {}

}  // namespace reel
