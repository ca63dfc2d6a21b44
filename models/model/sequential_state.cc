#include "reel/models/model/sequential_state.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

thread_local Sequential::Use* innermost = nullptr;

std::vector<BufferUse*> buffers_of(std::span<const LayerPtr> layers) {
  std::vector<BufferUse*> buffers;
  for (const LayerPtr& layer : layers) {
    for (const Weight& weight : layer->weights()) {
      if (weight.value) buffers.push_back(weight.value.use());
    }
  }
  return buffers;
}

}  // namespace

void Sequential::State::need_compiled() const {
  if (!compiled.loss) throw Error(fmt::format("{}: call compile() with a loss first", name));
}

void Sequential::State::need_built(std::string_view what) const {
  if (!input) throw Error(fmt::format("{}: {} is not built yet; call build()", what, name));
}

void Sequential::State::need_model(std::string_view call) const {
  if (times_moved.load(std::memory_order_relaxed) == Use::of(*this).times_moved_before()) return;
  const char* what = is_destroyed.load(std::memory_order_relaxed) ? "destroyed" : "moved";
  throw Error(fmt::format("{}: the model was {} while {}() was in progress", name, what, call));
}

Sequential::Use::Use(std::shared_ptr<State> state, const char* call, const Needs& needs)
    : state_(std::move(state)),
      call_(call),
      model_access_(needs.model),
      layer_access_(needs.layers),
      times_moved_before_(state_->times_moved),
      outer_(innermost) {
  check_nesting(needs);
  // Who runs or trains a model that is not built makes its weights, and needs it alone.
  if (needs.nests != Needs::Nests::anywhere && !state_->is_built) model_access_ = layer_access_ = kChange;
  take_model();
  take_layers();
  innermost = this;
}

Sequential::Use::~Use() {
  innermost = outer_;
  give_back();
}

Sequential::Use& Sequential::Use::of(const State& state) {
  Use* use = innermost;
  while (use->state_.get() != &state) use = use->outer_;
  return *use;
}

void Sequential::Use::check_nesting(const Needs& needs) const {
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

void Sequential::Use::take_model() {
  const char* other = state_->use_count.take(model_access_, mine(state_->use_count), call_);
  if (other == nullptr) return;
  throw Error(
      fmt::format("{}: {}() was called while {}() runs on another thread; one thread may train a model while any "
                  "number predict with it, and what makes or changes it needs it alone",
                  state_->name, call_, other));
}

void Sequential::Use::take_layers() {
  for (const LayerPtr& layer : state_->distinct) {
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

void Sequential::Use::give_back() {
  for (size_t i = 0; i < layers_taken_; ++i) state_->distinct[i]->use_count().give_back(layer_access_);
  state_->use_count.give_back(model_access_);
}

uint32_t Sequential::Use::mine(const UseCount& count) const {
  uint32_t sum = 0;
  for (const Use* use = outer_; use != nullptr; use = use->outer_) {
    if (&use->state_->use_count == &count) sum += static_cast<uint32_t>(use->model_access_);
    for (const LayerPtr& layer : use->state_->distinct) {
      if (&layer->use_count() == &count) sum += static_cast<uint32_t>(use->layer_access_);
    }
  }
  return sum;
}

WeightsInUse::WeightsInUse(std::span<const LayerPtr> layers, For purpose)
    : buffers_(buffers_of(layers)),
      use_(purpose == For::reading ? std::span<BufferUse* const>(buffers_) : std::span<BufferUse* const>(),
           purpose == For::reading ? std::span<BufferUse* const>() : std::span<BufferUse* const>(buffers_)) {
  if (purpose == For::assigning) use_.start_assigning();
}

}  // namespace reel
