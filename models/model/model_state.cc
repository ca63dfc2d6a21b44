#include "reel/models/model/model_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/training/prefetch.h"

namespace reel {
namespace {

/// The thread's, or that of the thread for which this one reads rows.
Model::Use* innermost() { return static_cast<Model::Use*>(Prefetch::call_in_progress()); }

std::vector<BufferUse*> buffers_of(const std::vector<LayerPtr>& layers) {
  std::vector<BufferUse*> buffers;
  for (const LayerPtr& layer : layers) {
    for (const Variable& variable : layer->variables()) {
      if (variable.value() && variable.kind() != VariableKind::state) buffers.push_back(variable.value().use());
    }
  }
  return buffers;
}

/// The layers and all that stand within them, each once.
void gather(const std::vector<LayerPtr>& layers, std::vector<LayerPtr>& all) {
  for (const LayerPtr& layer : layers) {
    if (std::ranges::find(all, layer) != all.end()) continue;
    all.push_back(layer);
    gather(layer->inner_layers(), all);
  }
}

}  // namespace

void Model::State::need_compiled() const {
  if (!has_loss() && !compiled.train_step) throw Error(fmt::format("{}: call compile() with a loss first", name));
}

void Model::State::need_built(std::string_view what) const {
  if (!is_built) throw Error(fmt::format("{}: {} is not built yet; call build()", what, name));
}

Model::Use::Use(std::shared_ptr<State> state, const char* call, const Needs& needs)
    : state_(std::move(state)), call_(call), model_access_(needs.model), layer_access_(needs.layers) {
  Prefetch::wait_for_step();
  outer_ = innermost();
  gather(state_->distinct, layers_);
  check_nesting(needs);
  // Who runs or trains a model that is not built makes its weights, and needs it alone.
  if (needs.nests != Needs::Nests::anywhere && !state_->is_built) model_access_ = layer_access_ = kChange;
  take_model();
  take_layers();
  Prefetch::call_in_progress() = this;
}

Model::Use::~Use() {
  Prefetch::call_in_progress() = outer_;
  give_back();
}

Model::Use& Model::Use::of(const State& state) {
  Use* use = innermost();
  while (use->state_.get() != &state) use = use->outer_;
  return *use;
}

void Model::Use::check_nesting(const Needs& needs) const {
  if (needs.nests == Needs::Nests::anywhere) return;
  const Use* around = nullptr;
  bool is_making = false;
  for (const Use* use = outer_; use != nullptr; use = use->outer_) {
    if (use->state_ != state_) continue;
    if (around == nullptr) around = use;
    is_making = is_making || use->is_making_;
  }
  if (around == nullptr || (needs.nests == Needs::Nests::except_in_making && !is_making)) return;
  throw Error(fmt::format("{}: {}() was called inside of {}(), where it cannot be{}", state_->name, call_,
                          around->call_, is_making ? ", by what makes its weights or its program" : ""));
}

void Model::Use::take_model() {
  const char* other = state_->use_count.take(model_access_, mine(state_->use_count), call_);
  if (other == nullptr) return;
  throw Error(
      fmt::format("{}: {}() was called while {}() runs on another thread; one thread may train a model while any "
                  "number predict with it, and what makes or changes it needs it alone",
                  state_->name, call_, other));
}

void Model::Use::take_layers() {
  for (const LayerPtr& layer : layers_) {
    UseCount& count = layer->use_count();
    if (const char* other = count.take(layer_access_, mine(count), call_)) {
      give_back();
      throw Error(
          fmt::format("{}: {}() was called while {}() of another model that has layer \"{}\" runs on another "
                      "thread; one thread at a time may train a layer, and what makes its weights needs it alone",
                      state_->name, call_, other, layer->name()));
    }
    ++layers_taken_;
  }
}

void Model::Use::give_back() {
  for (size_t i = 0; i < layers_taken_; ++i) layers_[i]->use_count().give_back(layer_access_);
  state_->use_count.give_back(model_access_);
}

uint32_t Model::Use::mine(const UseCount& count) const {
  uint32_t sum = 0;
  for (const Use* use = outer_; use != nullptr; use = use->outer_) {
    if (&use->state_->use_count == &count) sum += static_cast<uint32_t>(use->model_access_);
    for (const LayerPtr& layer : use->layers_) {
      if (&layer->use_count() == &count) sum += static_cast<uint32_t>(use->layer_access_);
    }
  }
  return sum;
}

WeightsInUse::WeightsInUse(const std::vector<LayerPtr>& layers, For purpose)
    : buffers_(buffers_of(layers)),
      use_(purpose == For::reading ? std::span<BufferUse* const>(buffers_) : std::span<BufferUse* const>(),
           purpose == For::reading ? std::span<BufferUse* const>() : std::span<BufferUse* const>(buffers_)) {
  if (purpose == For::assigning) use_.start_assigning();
}

}  // namespace reel
