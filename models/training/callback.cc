#include "reel/models/training/callback.h"

#include <fmt/format.h>

namespace reel {
namespace {

/// The numbers of a callback's state, as the fields of an object; what becomes of its tensors, `tensors` says.
class StateNumbers final : public Described {
 public:
  StateNumbers(Callback& callback, StateFields::OfTensors tensors)
      : callback_(callback), tensors_(std::move(tensors)) {}
  std::string class_name() const override { return callback_.class_name(); }
  void fields(Fields& to) override {
    StateFields state(to, tensors_);
    callback_.state(state);
  }

 private:
  Callback& callback_;
  StateFields::OfTensors tensors_;
};

std::string tensor_name(std::string_view key, size_t number) { return fmt::format("{}/{}", key, number); }

}  // namespace

void CallbackRun::say(const std::string& line) const {
  if (params.log == nullptr) return;
  fmt::print(params.log, "{}\n", line);
  std::fflush(params.log);
}

const CallbackRun& Callback::run() const {
  if (run_ == nullptr) throw Error("callback: asked for the run of a model, but none is in progress");
  return *run_;
}

void CallbackPtr::require() const {
  if (!callback_) throw ValueError("callback: expected a callback, got a null pointer");
}

CallbackState state_of(const CallbackPtr& callback) {
  CallbackState state;
  StateNumbers numbers(*callback, [&](std::string_view key, std::vector<Tensor>& tensors) {
    for (size_t i = 0; i < tensors.size(); ++i) state.tensors.emplace_back(tensor_name(key, i), tensors[i].clone());
  });
  state.numbers = fields_of(numbers);
  return state;
}

void set_state(const CallbackPtr& callback, const CallbackState& state) {
  size_t taken = 0;
  StateNumbers numbers(*callback, [&](std::string_view key, std::vector<Tensor>& tensors) {
    tensors.clear();
    const auto is_next = [&] {
      return taken < state.tensors.size() && state.tensors[taken].first == tensor_name(key, tensors.size());
    };
    while (is_next()) tensors.push_back(state.tensors[taken++].second.clone());
  });
  set_fields(numbers, state.numbers);
  if (taken == state.tensors.size()) return;
  throw ValueError(fmt::format("{}: its state has no tensor \"{}\"", numbers.class_name(), state.tensors[taken].first));
}

}  // namespace reel
