#include "reel/models/callbacks/swap_ema_weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/model/model.h"

namespace reel {
namespace {

/// Copies of all weights, in their order, of which those that are trained are their averages.
std::vector<Tensor> averaged_weights(const Model& model) {
  std::vector<Variable> trained, averages;
  for (const Variable& variable : model.all_variables()) {
    const bool is_slot = variable.kind() == VariableKind::slot;
    if (is_slot && variable.name() == "average") averages.push_back(variable);
    if (variable.kind() == VariableKind::weight && variable.trainable()) trained.push_back(variable);
  }
  std::vector<Tensor> values = model.get_weights();
  const auto weights = model.weights();
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::byte* data = weights[i].second.raw();
    const auto found = std::ranges::find_if(trained, [&](const Variable& one) { return one.value().raw() == data; });
    if (found == trained.end()) continue;
    values[i] = averages.at(static_cast<size_t>(found - trained.begin())).value().clone();
  }
  return values;
}

}  // namespace

void SwapEMAWeights::show(const CallbackRun& run, bool averages) const {
  std::vector<Tensor>& kept = progress->weights;
  if (averages == !kept.empty()) return;
  if (!averages) {
    run.model.set_weights(kept);
    kept.clear();
    return;
  }
  const Optimizer& optimizer = run.model.compile_options().optimizer;
  if (!optimizer.options().use_ema) {
    throw ValueError(
        fmt::format("{}: expected an optimizer with use_ema, got {} without", class_name, optimizer.name()));
  }
  kept = run.model.get_weights();
  run.model.set_weights(averaged_weights(run.model));
}

}  // namespace reel
