#include "reel/models/model/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reel/graph/error.h"
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
      if (call.with.mask) visit(call.with.mask);
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
    if (call.with.mask) raise(call.with.mask);
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
}

Flows Wiring::replay(const Flows& inputs, const Apply& apply) const {
  std::map<const LayerCall*, Flows> given;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    Flows& all = given[&inputs_[i].call()];
    all.resize(std::max(all.size(), inputs_[i].index() + 1));
    all[inputs_[i].index()] = inputs[i];
  }
  const auto flow_of = [&](const SymbolicTensor& tensor) { return given.at(&tensor.call()).at(tensor.index()); };
  for (const LayerCall* call : calls_) {
    Flows flows;
    for (const SymbolicTensor& input : call->inputs) flows.push_back(flow_of(input));
    if (call->with.mask) flows[0].mask = flow_of(call->with.mask).value;
    given[call] = apply(call->layer, flows, {.training = call->with.training});
  }
  Flows outputs;
  for (const SymbolicTensor& output : outputs_) outputs.push_back(flow_of(output));
  return outputs;
}

}  // namespace reel
