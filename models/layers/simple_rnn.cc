#include "reel/models/layers/simple_rnn.h"

#include "reel/models/layers/arguments.h"
#include "reel/models/layers/dropout.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

SimpleRNNCellOptions cell_options(const SimpleRNNOptions& options) {
  return {.activation = options.activation,
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
          .seed = options.seed,
          .name = "simple_rnn_cell"};
}

}  // namespace

SimpleRNNCell::SimpleRNNCell(int64_t units, SimpleRNNCellOptions options)
    : units_(units), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void SimpleRNNCell::fields_with(Fields& f, const std::function<void()>& between) {
  f.required("units", units_);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  initializer_fields(f, options_);
  rule_fields(f, options_, between);
  f.written_if(!between, "seed", options_.seed);  // Keras's SimpleRNN keeps it to itself
}

void SimpleRNNCell::check() const {
  check_positive("SimpleRNN", "units", units_);
  check_share("SimpleRNN", "dropout", options_.dropout);
  check_share("SimpleRNN", "recurrent_dropout", options_.recurrent_dropout);
}

void SimpleRNNCell::build(const Type& x) {
  set_seed(options_.seed);
  kernel_ = add_weight("kernel", {x.shape.back(), units_}, options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  recurrent_kernel_ =
      add_weight("recurrent_kernel", {units_, units_}, options_.recurrent_initializer,
                 {.regularizer = options_.recurrent_regularizer, .constraint = options_.recurrent_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", {units_}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

CellStart SimpleRNNCell::begin(Call& call, const Type& x) const {
  return dropout_start(call, x.shape.without_axis(0), options_.dropout, {units_}, options_.recurrent_dropout);
}

CellStep SimpleRNNCell::step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const {
  Var z = matmul(masked(x, start.values[0]), call[kernel_]);
  if (options_.use_bias) z = z + call[bias_];
  const Var h = options_.activation(z + matmul(masked(states[0], start.values[1]), call[recurrent_kernel_]));
  return {h, {h}};
}

SimpleRNN::SimpleRNN(int64_t units, SimpleRNNOptions options)
    : LayerOf(SimpleRNNCell(units, cell_options(options)), unrolling_of(options)) {
  set_activity_regularizer(options.activity_regularizer);
}

void SimpleRNN::fields(Fields& f) {
  unrolling_fields(f);
  f.part(cell_);
  static_cast<SimpleRNNCell&>(*cell_).fields_with(f, [&] { activity_regularizer_field(f); });
}

}  // namespace reel
