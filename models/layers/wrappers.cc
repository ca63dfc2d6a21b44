#include "reel/models/layers/wrappers.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layer/layer_names.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

RNN& recurrence_of(const LayerPtr& layer) {
  auto* rnn = layer ? dynamic_cast<RNN*>(&*layer) : nullptr;
  if (rnn != nullptr) return *rnn;
  throw ValueError(fmt::format("Bidirectional: expected a recurrent layer, got {}",
                               layer ? layer->class_name() : std::string("none")));
}

/// `name` after the prefix, which it gets once.
std::string prefixed(const std::string& prefix, std::string name) {
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  return prefix + name;
}

/// The steps of [rows, steps, ...] from the last to the first.
Var reversed(Var x) {
  std::vector<Var> steps;
  for (int64_t t = x.shape()[1] - 1; t >= 0; --t) steps.push_back(select(x, 1, t));
  return stack(steps);
}

}  // namespace

Bidirectional::Bidirectional(const LayerPtr& layer, BidirectionalOptions options)
    : merge_mode_(std::move(options.merge_mode)) {
  set_default_name(options.name);
  recurrence_of(layer);
  const std::string base = name_or_class(*layer);
  forward_ = layer.clone();
  forward_->set_name(prefixed("forward_", base));
  if (options.backward_layer) {
    backward_ = options.backward_layer.clone();
    backward_->set_name(prefixed("backward_", name_or_class(*options.backward_layer)));
  } else {
    mirror(base);
  }
  check();
}

/// The backward layer, as the forward one the other way.
void Bidirectional::mirror(const std::string& base) {
  backward_ = forward_.clone();
  recurrence_of(backward_).set_backwards(!recurrence_of(forward_).options().go_backwards);
  backward_->set_name(prefixed("backward_", base));
}

void Bidirectional::fields(Fields& f) {
  f("merge_mode", merge_mode_);
  f.required("layer", forward_);
  f("backward_layer", backward_);
  if (forward_ && !backward_)
    mirror(prefixed("", forward_->name().substr(forward_->name().starts_with("forward_") ? 8 : 0)));
}

void Bidirectional::check() const {
  RNN &forward = recurrence_of(forward_), &backward = recurrence_of(backward_);
  const auto& mode = merge_mode_;
  if (mode && *mode != "concat" && *mode != "sum" && *mode != "mul" && *mode != "ave") {
    throw ValueError(fmt::format(
        "Bidirectional: merge_mode must be \"concat\", \"sum\", \"mul\", \"ave\" or none, got \"{}\"", *mode));
  }
  const auto same = [&](bool RNNOptions::*option, const char* what) {
    if (forward.options().*option == backward.options().*option) return;
    throw ValueError(fmt::format("Bidirectional: both layers need the same {}", what));
  };
  same(&RNNOptions::return_sequences, "return_sequences");
  same(&RNNOptions::return_state, "return_state");
  if (forward.options().go_backwards == backward.options().go_backwards) {
    throw ValueError("Bidirectional: the layers need to go in two directions, both have the same go_backwards");
  }
  forward.zero_masked_outputs(forward.options().return_sequences);
  backward.zero_masked_outputs(backward.options().return_sequences);
}

Flows Bidirectional::merged(const Flow& forward, const Flow& backward) const {
  if (!merge_mode_) return {forward, backward};
  const Var a = forward.value, b = backward.value;
  const Var y = *merge_mode_ == "concat" ? concatenate({a, b})
                : *merge_mode_ == "sum"  ? a + b
                : *merge_mode_ == "ave"  ? (a + b) / 2.0
                                         : a * b;
  return {{y, forward.mask}};
}

Flows Bidirectional::call_many(Call& call, const Flows& inputs) const {
  const size_t states = inputs.size() - 1;
  if (states % 2 != 0) {
    throw ShapeError(fmt::format("Bidirectional: initial states come for both directions, got {}", states));
  }
  const auto half = [&](size_t which) {
    Flows own{inputs[0]};
    const auto begin = inputs.begin() + 1 + static_cast<ptrdiff_t>(which * states / 2);
    own.insert(own.end(), begin, begin + static_cast<ptrdiff_t>(states / 2));
    return own;
  };
  const Flows forward = call.apply(forward_, half(0));
  Flows backward = call.apply(backward_, half(1));
  if (recurrence_of(backward_).options().return_sequences) backward[0].value = reversed(backward[0].value);
  Flows out = merged(forward[0], backward[0]);
  out.insert(out.end(), forward.begin() + 1, forward.end());
  out.insert(out.end(), backward.begin() + 1, backward.end());
  return out;
}

void TimeDistributed::build(const Type& input) {
  if (input.shape.rank() >= 3 && input.shape[1] > 0) return;
  throw ShapeError(fmt::format("TimeDistributed: needs [rows, steps, ...], got {}", input.str()));
}

Flow TimeDistributed::call_masked(Call& call, Flow input) const {
  if (layer_->treats_steps_alike()) return {call.apply(layer_, Flow{input.value}).value, input.mask};
  std::vector<Var> steps;
  for (int64_t t = 0; t < input.value.shape()[1]; ++t) {
    steps.push_back(call.apply(layer_, Flow{select(input.value, 1, t)}).value);
  }
  return {stack(steps), input.mask};
}

}  // namespace reel
