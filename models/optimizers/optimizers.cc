#include "reel/models/optimizers/optimizers.h"

#include "reel/models/describe/family.h"

namespace reel {
namespace {

constexpr Maker<Optimizer> kOptimizers[] = {
    maker<Optimizer, SGD>("sgd", "SGD"),
    maker<Optimizer, Adam>("adam", "Adam"),
    maker<Optimizer, AdamW>("adamw", "AdamW"),
    maker<Optimizer, RMSprop>("rmsprop", "RMSprop"),
    maker<Optimizer, Adagrad>("adagrad", "Adagrad"),
    maker<Optimizer, Adadelta>("adadelta", "Adadelta"),
    maker<Optimizer, Adamax>("adamax", "Adamax"),
    maker<Optimizer, Nadam>("nadam", "Nadam"),
    maker<Optimizer, Lion>("lion", "Lion"),
    maker<Optimizer, Ftrl>("ftrl", "Ftrl"),
    maker<Optimizer, Lamb>("lamb", "Lamb"),
    maker<Optimizer, Adafactor>("adafactor", "Adafactor"),
    maker<Optimizer, Muon>("muon", "Muon"),
    maker<Optimizer, ScheduleFreeAdamW>("schedulefreeadamw", "ScheduleFreeAdamW"),
};

Family<Optimizer>& family() {
  static Family<Optimizer> all("optimizer", "keras.optimizers", kOptimizers);
  return all;
}

}  // namespace

Optimizer::Optimizer(std::string_view name) : Optimizer(family().named(name)) {}
Optimizer::Optimizer(const char* name) : Optimizer(given_name("optimizer", name)) {}
Optimizer Optimizer::from_config(const Config& config) { return family().from_config(config); }
Config Optimizer::config() const { return family().config(*this); }

void register_optimizer(std::string class_name, std::function<Optimizer()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
