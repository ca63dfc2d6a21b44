#include "reel/models/training/callback_list.h"

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

bool CallbackList::ends_training(int64_t batch, const NumericError& error) const {
  bool ends = false;
  for (const CallbackPtr& callback : all_) ends = callback->ends_training(batch, error) || ends;
  return ends;
}

}  // namespace reel
