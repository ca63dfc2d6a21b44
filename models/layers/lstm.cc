#include "reel/models/layers/lstm.h"

#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

LSTMCellOptions cell_options(const LSTMOptions& options) {
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
          .unit_forget_bias = options.unit_forget_bias,
          .dropout = options.dropout,
          .recurrent_dropout = options.recurrent_dropout,
          .seed = options.seed,
          .name = "lstm_cell"};
}

}  // namespace

Initializer with_open_forget_gate(Initializer base) {
  return [base = std::move(base)](const Shape& shape, Random& random) {
    Tensor bias = base(shape, random);
    const auto values = bias.data<float>();
    std::fill_n(values.begin() + static_cast<ptrdiff_t>(values.size() / 4), values.size() / 4, 1.0f);
    return bias;
  };
}

LSTMCell::LSTMCell(int64_t units, LSTMCellOptions options) : units_(units), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void LSTMCell::fields_with(Fields& f, const std::function<void()>& between) {
  f.required("units", units_);
  f("activation", options_.activation);
  f("recurrent_activation", options_.recurrent_activation);
  f("use_bias", options_.use_bias);
  if (!between) f("unit_forget_bias", options_.unit_forget_bias);  // LSTM and LSTMCell tell it in different places
  initializer_fields(f, options_);
  if (between) f("unit_forget_bias", options_.unit_forget_bias);
  rule_fields(f, options_, between);
  f("seed", options_.seed);
}

void LSTMCell::check() const {
  check_positive("LSTM", "units", units_);
  check_share("LSTM", "dropout", options_.dropout);
  check_share("LSTM", "recurrent_dropout", options_.recurrent_dropout);
}

void LSTMCell::build(const Type& x) {
  set_seed(options_.seed);
  kernel_ = add_weight("kernel", {x.shape.back(), 4 * units_}, options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  recurrent_kernel_ =
      add_weight("recurrent_kernel", {units_, 4 * units_}, options_.recurrent_initializer,
                 {.regularizer = options_.recurrent_regularizer, .constraint = options_.recurrent_constraint});
  if (!options_.use_bias) return;
  const Initializer& bias = options_.bias_initializer;
  bias_ = add_weight("bias", {4 * units_}, options_.unit_forget_bias ? with_open_forget_gate(bias) : bias,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

CellStart LSTMCell::begin(Call& call, const Type& x) const {
  return dropout_start(call, x.shape.without_axis(0), options_.dropout, {units_}, options_.recurrent_dropout);
}

CellStep LSTMCell::step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const {
  const Var h = masked(states[0], start.values[1]), c = states[1];
  Var z = matmul(masked(x, start.values[0]), call[kernel_]);
  if (options_.use_bias) z = z + call[bias_];
  const std::vector<Var> gates = split(z + matmul(h, call[recurrent_kernel_]), 4);
  const auto open = [&](size_t gate) { return options_.recurrent_activation(gates[gate]); };
  const Var next = open(1) * c + open(0) * options_.activation(gates[2]);
  const Var output = open(3) * options_.activation(next);
  return {output, {output, next}};
}

LSTM::LSTM(int64_t units, LSTMOptions options)
    : LayerOf(LSTMCell(units, cell_options(options)), unrolling_of(options)) {
  set_activity_regularizer(options.activity_regularizer);
}

void LSTM::fields(Fields& f) {
  unrolling_fields(f);
  f.part(cell_);
  static_cast<LSTMCell&>(*cell_).fields_with(f, [&] { activity_regularizer_field(f); });
}

}  // namespace reel
