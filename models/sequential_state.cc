#include "reel/models/sequential_state.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

thread_local const Sequential::Use* innermost = nullptr;

}  // namespace

void Sequential::State::need_compiled() const {
  if (!compiled.loss) throw Error(fmt::format("{}: call compile() with a loss first", name));
}

void Sequential::State::need_built(std::string_view what) const {
  if (!input) throw Error(fmt::format("{}: {} is not built yet; call build()", what, name));
}

void Sequential::State::need_model(std::string_view call) const {
  const char* what = has_become.load(std::memory_order_relaxed);
  if (what != nullptr) throw Error(fmt::format("{}: the model was {} while {}() was in progress", name, what, call));
}

Sequential::Use::Use(std::shared_ptr<State> state, const char* call, const Needs& needs)
    : state_(std::move(state)),
      call_(call),
      model_access_(needs.model),
      layer_access_(needs.layers),
      outer_(innermost) {
  check_nesting(needs);
  take_model();
  // Who runs a model that is not built makes its weights.
  if (model_access_ == kWrite && !state_->input) layer_access_ = kWrite;
  take_layers();
  if (mine(state_->use_count) == 0) state_->has_become = nullptr;
  innermost = this;
}

Sequential::Use::~Use() {
  innermost = outer_;
  give_back();
}

void Sequential::Use::check_nesting(const Needs& needs) const {
  const Use* around = outer_;
  while (around != nullptr && around->state_ != state_) around = around->outer_;
  if (around == nullptr || needs.nests == Needs::Nests::anywhere) return;
  if (needs.nests == Needs::Nests::except_in_making && !state_->is_making) return;
  throw Error(fmt::format("{}: {}() was called inside of {}(), where it cannot be{}", state_->name, call_,
                          around->call_, state_->is_making ? ", by what makes its weights or its program" : ""));
}

void Sequential::Use::take_model() {
  const char* other = state_->use_count.take(model_access_, mine(state_->use_count), call_);
  if (other == nullptr) return;
  throw Error(fmt::format("{}: {}() was called while {}() runs on another thread; one thread at a time may use a model",
                          state_->name, call_, other));
}

void Sequential::Use::take_layers() {
  for (const LayerPtr& layer : state_->distinct) {
    UseCount& count = layer->use_count();
    if (const char* other = count.take(layer_access_, mine(count), call_)) {
      give_back();
      throw Error(
          fmt::format("{}: {}() was called while {}() of another model that has layer \"{}\" runs on another "
                      "thread; weights may not be used while they are written",
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

}  // namespace reel
