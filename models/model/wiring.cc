#include "reel/models/model/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reel/graph/error.h"
#include "reel/models/layer/host_layer.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// The calls that outputs need, each after those it needs itself; and layers in the order in which they are met.
class Walk {
 public:
  explicit Walk(const std::vector<SymbolicTensor>& inputs) : inputs_(inputs) {}

  void visit(const SymbolicTensor& tensor) {
    const LayerCall& call = tensor.call();
    if (!seen_.insert(&call).second) return;
    if (std::ranges::find(met, call.layer) == met.end()) met.push_back(call.layer);
    if (std::ranges::find(inputs_, tensor) == inputs_.end()) {
      if (call.inputs.empty()) {
        throw ValueError(fmt::format("model: the outputs need input \"{}\" {}, which is not among the inputs",
                                     name_or_class(*call.layer), tensor.type().str()));
      }
      for (const SymbolicTensor& input : call.inputs) visit(input);
      for (const SymbolicTensor& mask : call.with.masks()) visit(mask);
    }
    calls.push_back(&call);
  }

  std::vector<const LayerCall*> calls;
  std::vector<LayerPtr> met;

 private:
  const std::vector<SymbolicTensor>& inputs_;
  std::set<const LayerCall*> seen_;
};

}  // namespace

Wiring::Wiring(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  Walk walk(inputs_);
  for (const SymbolicTensor& output : outputs_) walk.visit(output);
  // How many calls follow: of a layer, at most, of all its calls.
  std::map<const LayerCall*, int> call_depths;
  std::map<const Layer*, int> depths;
  for (auto at = walk.calls.rbegin(); at != walk.calls.rend(); ++at) {
    const LayerCall& call = **at;
    int& of_layer = depths[&*call.layer];
    of_layer = std::max(of_layer, call_depths[&call]);
    const int depth = call_depths[&call] = of_layer;
    if (std::ranges::any_of(inputs_, [&](const SymbolicTensor& input) { return &input.call() == &call; })) continue;
    const auto raise = [&](const SymbolicTensor& input) {
      int& before = call_depths[&input.call()];
      before = std::max(before, depth + 1);
    };
    for (const SymbolicTensor& input : call.inputs) raise(input);
    for (const SymbolicTensor& mask : call.with.masks()) raise(mask);
  }
  for (const SymbolicTensor& input : inputs_) {
    if (std::ranges::find(walk.met, input.layer()) == walk.met.end()) walk.met.push_back(input.layer());
  }
  layers_ = walk.met;
  std::ranges::stable_sort(layers_, [&](const LayerPtr& a, const LayerPtr& b) { return depths[&*a] > depths[&*b]; });
  for (const LayerCall* call : walk.calls) {
    const bool is_given = std::ranges::any_of(inputs_, [&](const SymbolicTensor& in) { return &in.call() == call; });
    if (!is_given) calls_.push_back(call);
  }
  const bool has_host =
      std::ranges::any_of(calls_, [](const LayerCall* call) { return host_layer(call->layer) != nullptr; });
  for (const SymbolicTensor& input : inputs_) {
    if (!input.type().is_text && (!has_host || is_in_program(input))) fed_.push_back(input);
  }
  for (const LayerCall* call : calls_) {
    if (host_layer(call->layer) != nullptr && !call->outputs[0].is_text) fed_.push_back(output_of(*call));
  }
  for (const SymbolicTensor& output : outputs_) {
    if (!output.type().is_text) continue;
    throw ValueError(fmt::format("model: output \"{}\" is of texts, which no program gives; call the layer on values",
                                 name_or_class(*output.layer())));
  }
}

bool Wiring::is_in_program(const SymbolicTensor& input) const {
  const auto reads = [&](const LayerCall* call) {
    return host_layer(call->layer) == nullptr && std::ranges::find(call->inputs, input) != call->inputs.end();
  };
  return std::ranges::any_of(calls_, reads) || std::ranges::find(outputs_, input) != outputs_.end();
}

SymbolicTensor Wiring::output_of(const LayerCall& call) const {
  for (const LayerCall* other : calls_) {
    for (const SymbolicTensor& input : other->inputs) {
      if (&input.call() == &call) return input;
    }
  }
  for (const SymbolicTensor& output : outputs_) {
    if (&output.call() == &call) return output;
  }
  throw Error("model: a call that nothing reads");
}

Flows Wiring::replay(const Flows& fed, const Apply& apply) const {
  std::map<const LayerCall*, Flows> given;
  for (size_t i = 0; i < fed_.size(); ++i) {
    Flows& all = given[&fed_[i].call()];
    all.resize(std::max(all.size(), fed_[i].index() + 1));
    all[fed_[i].index()] = fed[i];
  }
  const auto flow_of = [&](const SymbolicTensor& tensor) { return given.at(&tensor.call()).at(tensor.index()); };
  for (const LayerCall* call : calls_) {
    if (host_layer(call->layer) != nullptr) continue;
    Flows flows;
    for (const SymbolicTensor& input : call->inputs) flows.push_back(flow_of(input));
    const auto value_of = [&](const SymbolicTensor& mask) { return flow_of(mask).value; };
    given[call] = apply(call->layer, flows, call->with.with_values(value_of));
  }
  Flows outputs;
  for (const SymbolicTensor& output : outputs_) outputs.push_back(flow_of(output));
  return outputs;
}

}  // namespace reel
