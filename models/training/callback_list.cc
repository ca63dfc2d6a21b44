#include "reel/models/training/callback_list.h"

#include <fmt/format.h>

namespace reel {

CallbackList::CallbackList(const Callbacks& callbacks, const CallbackRun& run) : run_(run) {
  for (const CallbackPtr& callback : callbacks) {
    if (!callback) throw ValueError("callbacks: expected a callback, got none");
    all_.push_back(callback);
  }
  for (const CallbackPtr& callback : all_) {
    around_.push_back(std::exchange(callback->run_, &run_));
    if (callback->watches_batches()) watching_.push_back(&*callback);
  }
}

CallbackList::~CallbackList() {
  for (size_t i = all_.size(); i-- > 0;) all_[i]->run_ = around_[i];
}

std::vector<CallbackState> CallbackList::states() const {
  std::vector<CallbackState> states;
  for (const CallbackPtr& callback : all_) {
    if (!callback->keeps_state()) states.push_back(state_of(callback));
  }
  return states;
}

void CallbackList::set_states(const std::vector<CallbackState>& states) const {
  size_t count = 0;
  for (const CallbackPtr& callback : all_) count += callback->keeps_state() ? 0 : 1;
  if (states.size() != count) {
    throw ValueError(fmt::format("callbacks: expected states of {}, got {}", count, states.size()));
  }
  size_t next = 0;
  for (const CallbackPtr& callback : all_) {
    if (!callback->keeps_state()) set_state(callback, states[next++]);
  }
}

bool CallbackList::ends_training(int64_t batch, const NumericError& error) const {
  bool ends = false;
  for (const CallbackPtr& callback : all_) ends = callback->ends_training(batch, error) || ends;
  return ends;
}

}  // namespace reel
