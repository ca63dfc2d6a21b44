#include "reel/models/testing/check_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/layer/recording.h"
#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr int64_t kFewRows = 5;

std::string who(const LayerPtr& layer) { return fmt::format("layer \"{}\"", name_or_class(*layer)); }

[[noreturn]] void fail(const LayerPtr& layer, const std::string& what) { throw CheckError(who(layer), what); }

/// A layer recorded with numbers for all that it reads.
class Recorded {
 public:
  Recorded(const LayerPtr& layer, const std::vector<Type>& types, const LayerCheckOptions& options, bool training,
           DType dtype, int64_t row_count)
      : layer_(layer), options_(options), dtype_(dtype), count_(row_count) {
    Flows flows;
    for (const Type& type : types) {
      const bool is_float = type.dtype != DType::i32;
      flows.push_back({input({is_float ? dtype : DType::i32, type.shape})});
      if (is_float) wrt_.push_back(flows.back().value);
    }
    for (size_t i = 0; i < flows.size(); ++i) {
      if (!options.masks_all && !(options.masks_first && i == 0)) continue;
      flows[i].mask = input({DType::f32, {rows, types[i].shape[1]}});
      fed_.back() = some_mask(types[i].shape[1]);
    }
    Recording recording(tape_.graph(), training);
    bind_variables(recording, types);
    given_ = recording.apply(layer, flows, options.call);
    for (const Flow& flow : given_) outputs_.push_back(flow.value);
    for (const Assignment& assignment : recording.assignments()) assigned_.push_back(assignment.value);
    record_sum(recording.losses());
  }

  const Flows& given() const { return given_; }
  std::vector<Tensor> values() { return run(outputs_); }
  std::vector<Tensor> assigned() { return run(assigned_); }
  /// Values of these rows alone.
  std::vector<Tensor> values(int64_t begin, int64_t end) {
    std::vector<Tensor> part;
    for (const Tensor& tensor : fed_) part.push_back(tensor.slice_rows(begin, end));
    return tape_.compile({.outputs = outputs_, .inputs = inputs_}).run(part);
  }

  void check_gradients() {
    if (wrt_.empty()) return;
    std::vector<Var> outputs{sum_};
    for (const Var& gradient : tape_.gradient(sum_, wrt_)) outputs.push_back(gradient);
    std::vector<Var> inputs = inputs_;
    const std::vector<Tensor> all = tape_.compile({.outputs = outputs, .inputs = inputs}).run(fed_);
    const Program sum_alone = tape_.compile({.outputs = {sum_}, .inputs = inputs});
    for (size_t i = 0; i < wrt_.size(); ++i) check_gradient(i, all[i + 1], sum_alone);
  }

 private:
  Var input(const Type& type) {
    inputs_.push_back(tape_.input(type.shape, type.dtype));
    const Shape shape = type.shape.with_lead(count_);
    fed_.push_back(type.dtype == DType::i32 ? some_ids(shape)
                                            : Tensor::uniform(shape, -0.9, 0.9, ++seed_).cast(type.dtype));
    return inputs_.back();
  }

  Tensor some_ids(const Shape& shape) {
    Random source(++seed_);
    Tensor ids(DType::i32, shape);
    for (int32_t& id : ids.data<int32_t>())
      id = static_cast<int32_t>(source.below(static_cast<uint32_t>(options_.most_id + 1)));
    return ids;
  }

  /// Padding behind, of another length in each row.
  Tensor some_mask(int64_t steps) const {
    Tensor mask(DType::f32, {count_, steps});
    for (int64_t i = 0; i < mask.size(); ++i) {
      mask.data<float>()[static_cast<size_t>(i)] = i % steps <= i / steps % steps ? 1.0f : 0.0f;
    }
    return mask;
  }

  /// Variables are found by recording the layer once; then they get numbers of the type that is asked for.
  void bind_variables(Recording& recording, const std::vector<Type>& types) {
    Tape scratch;
    Recording first(scratch.graph(), true);
    Flows flows;
    for (const Type& type : types) flows.push_back({scratch.input(type.shape, type.dtype)});
    first.apply(layer_, flows, options_.call);
    for (const Variable& variable : layer_->variables()) {
      if (variable.kind() == VariableKind::state) continue;
      const bool is_number = variable.type().dtype != DType::i32;
      // Statistics may be roots' arguments: all are positive.
      const Tensor value =
          is_number ? Tensor::uniform(variable.shape(), 0.2, 0.9, ++seed_).cast(dtype_) : Tensor::of<int32_t>({7, 3});
      const Var parameter = tape_.parameter(value, variable.path());
      recording.bind(variable, parameter);
      if (is_number && variable.trainable()) wrt_.push_back(parameter);
    }
  }

  /// Of all outputs, weighed by random numbers, and what the layer adds to the loss.
  void record_sum(const std::vector<Var>& losses) {
    for (const Var& y : outputs_) {
      if (y.dtype() == DType::i32) continue;
      const Var term = cast(sum(y * input(y.type())), DType::f64);
      sum_ = sum_ ? sum_ + term : term;
    }
    for (const Var& loss : losses) sum_ = sum_ ? sum_ + cast(loss, DType::f64) : cast(loss, DType::f64);
  }

  std::vector<Tensor> run(const std::vector<Var>& outputs) {
    return outputs.empty() ? std::vector<Tensor>{} : tape_.compile({.outputs = outputs, .inputs = inputs_}).run(fed_);
  }

  /// The tensor that a Var of `wrt_` reads.
  Tensor& tensor_of(Var var) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i] == var) return fed_[i];
    }
    parameter_ = tape_.graph().node(var).value;
    return parameter_;
  }

  void check_gradient(size_t which, const Tensor& gradient, const Program& sum_alone) {
    Tensor at = tensor_of(wrt_[which]);
    const Tensor direction = Tensor::uniform(at.shape(), -1, 1, ++seed_, DType::f64), before = at.clone();
    double analytic = 0, size = 0;
    for (int64_t i = 0; i < at.size(); ++i) {
      analytic += gradient.at(i) * direction.at(i);
      size += std::abs(gradient.at(i) * direction.at(i));
    }
    const auto moved = [&](double distance) {
      for (int64_t i = 0; i < at.size(); ++i) {
        at.data<double>()[static_cast<size_t>(i)] = before.at(i) + distance * direction.at(i);
      }
      return sum_alone.run(fed_)[0].item();
    };
    const double numeric = (moved(options_.step) - moved(-options_.step)) / (2 * options_.step);
    at.assign(before);
    if (std::abs(analytic - numeric) <= options_.tolerance * std::max(size, 1.0)) return;
    fail(layer_, fmt::format("derivative by argument {} {}: {}, central difference {}", which, gradient.type().str(),
                             analytic, numeric));
  }

  const LayerPtr& layer_;
  const LayerCheckOptions& options_;
  DType dtype_;
  int64_t count_;
  uint64_t seed_ = 0;
  Tape tape_;
  std::vector<Var> inputs_, outputs_, assigned_, wrt_;
  std::vector<Tensor> fed_;
  Tensor parameter_;
  Flows given_;
  Var sum_;
};

void check_clone(const LayerPtr& layer) {
  const LayerPtr clone = layer.clone();
  if (!have_equal_fields(*clone, *layer) && !clone->name().empty()) fail(layer, "a clone has another config");
  for (const Variable& variable : layer->variables()) {
    for (const Variable& other : clone->variables()) {
      if (variable == other) fail(layer, "a clone shares variable " + variable.path());
    }
  }
}

/// What is made of the config gives the same for the same numbers.
void check_made_of_config(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options) {
  const LayerPtr again = check_config(who(layer), layer);
  const Recorded built(again, inputs, options, true, DType::f32, kFewRows);
  check_same(who(layer), "made of its config", Recorded(layer, inputs, options, false, DType::f32, kFewRows).values(),
             Recorded(again, inputs, options, false, DType::f32, kFewRows).values());
}

void check_values(const LayerPtr& layer, const std::vector<Tensor>& values, int64_t row_count) {
  for (const Tensor& value : values) {
    if (value.shape().lead() != row_count)
      fail(layer, fmt::format("gave {} for {} rows", value.type().str(), row_count));
  }
  check_finite(who(layer), values);
}

/// All rows at once, and blocks of them by themselves.
void check_rows_alone(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options) {
  Recorded recorded(layer, inputs, options, false, DType::f32, kManyRows);
  const std::vector<Tensor> all = recorded.values();
  check_values(layer, all, kManyRows);
  check_blocks(who(layer), all, [&](int64_t begin, int64_t end) { return recorded.values(begin, end); });
}

void check_layer_threads(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options,
                         bool training) {
  check_threads(who(layer), [&] {
    Recorded recorded(layer, inputs, options, training, DType::f32, kManyRows);
    std::vector<Tensor> all = recorded.values();
    check_values(layer, all, kManyRows);
    for (Tensor& assigned : recorded.assigned()) all.push_back(std::move(assigned));
    return all;
  });
}

void check_mask(const LayerPtr& layer, const std::vector<Type>& inputs, LayerCheckOptions options) {
  if (inputs.size() != 1 || inputs[0].shape.rank() < 3 || inputs[0].dtype == DType::i32) return;
  options.masks_first = true;
  const Recorded recorded(layer, inputs, options, false, DType::f32, kFewRows);
  const bool goes_on = static_cast<bool>(recorded.given()[0].mask);
  if (layer->supports_masking() && !goes_on) fail(layer, "supports masking, and ends the mask");
}

}  // namespace

void check_layer(const LayerPtr& layer, const std::vector<Type>& inputs, const LayerCheckOptions& options) {
  const Recorded built(layer, inputs, options, true, DType::f32, kFewRows);  // its variables are there from here on
  if (options.has_config) {
    check_made_of_config(layer, inputs, options);
    check_clone(layer);
  }
  check_rows_alone(layer, inputs, options);
  check_layer_threads(layer, inputs, options, false);
  check_layer_threads(layer, inputs, options, true);
  check_mask(layer, inputs, options);
  for (const bool training : {false, true}) {
    Recorded(layer, inputs, options, training, DType::f64, kFewRows).check_gradients();
  }
}

}  // namespace reel
