#include "reel/models/layers/gru.h"

#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

GRUCellOptions cell_options(const GRUOptions& options) {
  return {.activation = options.activation,
          .recurrent_activation = options.recurrent_activation,
          .use_bias = options.use_bias,
          .kernel_initializer = options.kernel_initializer,
          .recurrent_initializer = options.recurrent_initializer,
          .bias_initializer = options.bias_initializer,
          .kernel_regularizer = options.kernel_regularizer,
          .recurrent_regularizer = options.recurrent_regularizer,
          .bias_regularizer = options.bias_regularizer,
          .kernel_constraint = options.kernel_constraint,
          .recurrent_constraint = options.recurrent_constraint,
          .bias_constraint = options.bias_constraint,
          .dropout = options.dropout,
          .recurrent_dropout = options.recurrent_dropout,
          .reset_after = options.reset_after,
          .seed = options.seed,
          .name = "gru_cell"};
}

Var plus(Var x, Var bias) { return bias ? x + bias : x; }

}  // namespace

GRUCell::GRUCell(int64_t units, GRUCellOptions options) : units_(units), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void GRUCell::fields_with(Fields& f, const std::function<void()>& between) {
  f.required("units", units_);
  f("activation", options_.activation);
  f("recurrent_activation", options_.recurrent_activation);
  f("use_bias", options_.use_bias);
  initializer_fields(f, options_);
  rule_fields(f, options_, between);
  f("reset_after", options_.reset_after);
  f("seed", options_.seed);
}

void GRUCell::check() const {
  check_positive("GRU", "units", units_);
  check_share("GRU", "dropout", options_.dropout);
  check_share("GRU", "recurrent_dropout", options_.recurrent_dropout);
}

void GRUCell::build(const Type& x) {
  set_seed(options_.seed);
  kernel_ = add_weight("kernel", {x.shape.back(), 3 * units_}, options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  recurrent_kernel_ =
      add_weight("recurrent_kernel", {units_, 3 * units_}, options_.recurrent_initializer,
                 {.regularizer = options_.recurrent_regularizer, .constraint = options_.recurrent_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", options_.reset_after ? Shape{2, 3 * units_} : Shape{3 * units_}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

CellStart GRUCell::begin(Call& call, const Type& x) const {
  return dropout_start(call, x.shape.without_axis(0), options_.dropout, {units_}, options_.recurrent_dropout);
}

CellStep GRUCell::step(Call& call, Var x_all, const std::vector<Var>& states, const CellStart& start) const {
  const Var x = masked(x_all, start.values[0]), h = states[0], h_masked = masked(h, start.values[1]);
  const Parts kernel = parts(call[kernel_]), recurrent_kernel = parts(call[recurrent_kernel_]);
  const Biases bias = options_.use_bias ? biases(call[bias_]) : Biases{};
  const std::vector<Var> gates =
      split(plus(matmul(x, kernel.gates), bias.gates) + matmul(h_masked, recurrent_kernel.gates), 2);
  const Var z = options_.recurrent_activation(gates[0]), r = options_.recurrent_activation(gates[1]);
  const Var from_x = plus(matmul(x, kernel.state), bias.state);
  const Var from_h = options_.reset_after ? r * plus(matmul(h_masked, recurrent_kernel.state), bias.recurrent)
                                          : matmul(r * h_masked, recurrent_kernel.state);
  const Var n = options_.activation(from_x + from_h);
  const Var next = n + z * (h - n);
  return {next, {next}};
}

/// Weights are cut up once a step of training, where products would be for every step of the sequence.
GRUCell::Parts GRUCell::parts(Var weight) const {
  return {slice(weight, 1, 0, 2 * units_), slice(weight, 1, 2 * units_, units_)};
}

/// All that is added to the gates is added on the side of x, where it can be hoisted.
GRUCell::Biases GRUCell::biases(Var bias) const {
  const auto flat = [](Var part) { return reshape(part, {part.shape().size()}); };
  if (!options_.reset_after) {
    const Parts all = parts(reshape(bias, {1, 3 * units_}));
    return {flat(all.gates), flat(all.state), {}};
  }
  const std::vector<Var> sides = split(reshape(bias, {1, 6 * units_}), 2);
  const Parts on_x = parts(sides[0]), on_h = parts(sides[1]);
  return {flat(on_x.gates + on_h.gates), flat(on_x.state), flat(on_h.state)};
}

GRU::GRU(int64_t units, GRUOptions options) : LayerOf(GRUCell(units, cell_options(options)), unrolling_of(options)) {
  set_activity_regularizer(options.activity_regularizer);
}

void GRU::fields(Fields& f) {
  unrolling_fields(f);
  f.part(cell_);
  static_cast<GRUCell&>(*cell_).fields_with(f, [&] { activity_regularizer_field(f); });
}

}  // namespace reel
