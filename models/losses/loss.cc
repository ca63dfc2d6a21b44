#include "reel/models/losses/loss.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/losses/loss_names.h"

namespace reel {
namespace {

/// A function with a name.
struct NamedFunction {
  std::string name;
  std::function<Var(Var, Var)> function;
  Var operator()(Var y_true, Var y_pred) const { return function(y_true, y_pred); }
};

/// Passes on what a loss's fields are, but those that it has as a loss alone.
class MetricArguments final : public Fields {
 public:
  explicit MetricArguments(Fields& to) : to_(to) {}

 private:
  void field(std::string_view key, Field& field, bool is_required) override {
    if (key != "name" && key != "reduction") to_.pass_on(key, field, is_required, is_usual());
  }
  void ignore(std::string_view key) override { to_.ignored(key); }

  Fields& to_;
};

Family<Loss>& losses() {
  static Family<Loss> family("loss", "keras.losses", kLossesAs<Loss>);
  return family;
}

}  // namespace

void LossRule::metric_fields(Fields& to) {
  MetricArguments arguments(to);
  fields(arguments);
}

Loss::Loss(std::string_view name) : Loss(losses().named(name)) {}

Loss::Loss(const char* name) : Loss(given_name("loss", name)) {}

Loss::Loss(std::string name, std::function<Var(Var, Var)> function)
    : Loss(NamedFunction{std::move(name), require_function(std::move(function), "loss")}) {}

std::string Loss::name() const { return described().name(); }

Var Loss::operator()(Var y_true, const Flow& y_pred) const {
  const LossRule& rule = described();
  const auto [targets, predicted] =
      rule.takes_classes() ? Matched{y_true, y_pred} : matched(y_true, y_pred, rule.name());
  return require_values(rule.values(targets, predicted), y_pred.value, {"loss", rule.name()});
}

Var Loss::valid(Var y_true, const Flow& y_pred) const {
  const Var own = described().valid(y_true, y_pred.value), mask = y_pred.mask;
  return own && mask ? own * with_axes_of(own, cast(mask, own.dtype())) : own ? own : mask;
}

Reduced Loss::of_batch(Var y_true, const Flow& y_pred, Var sample_weight) const {
  return reduced((*this)(y_true, y_pred), valid(y_true, y_pred), sample_weight, described().reduction(), name());
}

Config Loss::config() const { return losses().config(*this); }

Loss Loss::from_config(const Config& config) {
  Loss loss = losses().from_config(config);
  check_reduction(loss.name(), loss.described().reduction());
  return loss;
}

LossRule& Loss::described() const {
  if (!rule_) throw Error("loss: expected a loss, got none");
  return *rule_;
}

void register_loss(std::string class_name, std::function<Loss()> make) {
  losses().add(std::move(class_name), std::move(make));
}

}  // namespace reel
