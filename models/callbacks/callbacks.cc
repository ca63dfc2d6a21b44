#include "reel/models/callbacks/callbacks.h"

#include "reel/models/describe/family.h"

namespace reel {
namespace {

template <class C>
constexpr Maker<CallbackPtr> entry() {
  return {{C::class_name}, [] { return CallbackPtr::blank<C>(); }};
}

constexpr Maker<CallbackPtr> kCallbacks[] = {
    entry<EarlyStopping>(),  entry<ModelCheckpoint>(),       entry<ReduceLROnPlateau>(), entry<CSVLogger>(),
    entry<TerminateOnNaN>(), entry<LearningRateScheduler>(), entry<LambdaCallback>(),    entry<SwapEMAWeights>(),
    entry<ProgbarLogger>(),  entry<BackupAndRestore>(),
};

Family<CallbackPtr>& family() {
  static Family<CallbackPtr> all("callback", "keras.callbacks", kCallbacks);
  return all;
}

}  // namespace

CallbackPtr CallbackPtr::from_config(const Config& config) {
  CallbackPtr made = family().from_config(config);
  made->check();
  return made;
}

Config CallbackPtr::config() const { return family().config(*this); }

void register_callback(std::string class_name, std::function<CallbackPtr()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
