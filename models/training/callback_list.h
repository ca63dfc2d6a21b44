// CallbackList: the callbacks of one run.
#pragma once

#include <vector>

#include "reel/models/training/callback.h"

namespace reel {

/// Tells all of them of each moment, in their order. They know the run as long as this lives.
class CallbackList {
 public:
  CallbackList(const Callbacks& callbacks, const CallbackRun& run);
  ~CallbackList();
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;

  const CallbackRun& run() const { return run_; }
  /// Whether any is to be told of batches.
  bool watches_batches() const { return !watching_.empty(); }
  /// `list.tell(&Callback::on_epoch_begin, epoch)`.
  template <class... Taken, class... Given>
  void tell(void (Callback::*moment)(Taken...), Given&&... given) const {
    for (const CallbackPtr& callback : all_) ((*callback).*moment)(given...);
  }
  /// The same of those that watch batches.
  template <class... Taken, class... Given>
  void tell_watching(void (Callback::*moment)(Taken...), Given&&... given) const {
    for (Callback* callback : watching_) (callback->*moment)(given...);
  }
  /// What they have come to, but for those that keep states; and the reverse. Throws ValueError for states of others.
  std::vector<CallbackState> states() const;
  void set_states(const std::vector<CallbackState>& states) const;
  /// Whether one of them ends training.
  bool ends_training(int64_t batch, const NumericError& error) const;

 private:
  std::vector<CallbackPtr> all_;
  std::vector<Callback*> watching_;
  std::vector<const CallbackRun*>
      around_;  // what they were told of before: a run may be made within a moment of another
  CallbackRun run_;
};

}  // namespace reel
