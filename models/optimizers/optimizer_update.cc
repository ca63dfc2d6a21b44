// What happens to gradients, weights and their averages around an optimizer's own update.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>

#include "reel/graph/error.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/optimizers/arithmetic.h"
#include "reel/models/optimizers/optimizer.h"

namespace reel {
namespace {

/// Scalars of all optimizers, behind those of the optimizer itself.
enum CommonScalar : size_t {
  kIsUpdate = std::tuple_size_v<StepScalars>,  ///< 1 in a step that updates, 0 in one that only adds up gradients
  kEmaMomentum,
  kOverwrites  ///< 1 in a step after which the weights become their averages
};

/// Which of a weight's slots are whose: the average's, the summed gradients', then the optimizer's own.
struct SlotOrder {
  explicit SlotOrder(const OptimizerOptions& options)
      : has_average(options.use_ema), has_sum(options.gradient_accumulation_steps.has_value()) {}
  bool has_average, has_sum;
  size_t sum() const { return has_average ? 1 : 0; }
  size_t own() const { return sum() + (has_sum ? 1 : 0); }
};

/// The length of all gradients together, in double: squares of floats neither overflow nor vanish there.
Var norm(std::span<const Var> gradients) {
  std::vector<Var> squares;
  for (const Var& g : gradients) squares.push_back(sum(square(cast(g, DType::f64))));
  return sqrt(add_n(squares));
}

/// g limit / max(norm, limit), where neither g limit nor the quotient need be a float.
Var scale_to_norm(Var g, Var norm, double limit) {
  return cast(cast(g, DType::f64) * (limit / maximum(norm, number(norm, limit))), g.dtype());
}

std::vector<Var> clipped(std::span<const Var> gradients, const OptimizerOptions& options) {
  std::vector<Var> out(gradients.begin(), gradients.end());
  const Var all = options.global_clipnorm > 0.0 && !gradients.empty() ? norm(gradients) : Var{};
  for (Var& g : out) {
    if (options.clipnorm > 0.0) g = scale_to_norm(g, norm(std::span(&g, 1)), *options.clipnorm);
    if (options.clipvalue > 0.0) g = minimum(maximum(g, number(g, -*options.clipvalue)), number(g, *options.clipvalue));
    if (all) g = scale_to_norm(g, all, *options.global_clipnorm);
  }
  return out;
}

/// Whether a weight's decay only takes from it.
bool decay_is_safe(double decay, double rate) { return decay <= 1 && decay * rate <= 1; }

std::string path_of(Var weight) { return weight.graph().leaf_name(weight.id()); }

/// Whether the decay is of this weight, too.
bool decays(Var weight, const OptimizerOptions& options) {
  if (options.exclude_from_weight_decay.empty()) return true;
  const std::string path = path_of(weight);
  const std::string_view own_name = std::string_view(path).substr(path.rfind('/') + 1);
  return std::ranges::none_of(options.exclude_from_weight_decay, [&](const std::string& expression) {
    return std::regex_search(own_name.begin(), own_name.end(), std::regex(expression));
  });
}

/// w after this step's decay.
Var decayed(Var w, double decay, Var rate) { return decay > 0 ? w - w * decay * rate : w; }

/// Throws ShapeError unless these are a new weight and as many new slots as the optimizer has, each of its type.
void check_update(std::string_view optimizer, Var weight, std::span<const Var> slots, std::span<const Var> made) {
  if (made.size() != 1 + slots.size()) {
    throw ShapeError(fmt::format("{}: an update is a weight and {} slots, {} values, got {} for a weight {}", optimizer,
                                 slots.size(), 1 + slots.size(), made.size(), weight.type().str()));
  }
  for (size_t i = 0; i < made.size(); ++i) {
    const Var before = i == 0 ? weight : slots[i - 1];
    require_var(made[i], weight.graph(), {"optimizer", optimizer});
    if (made[i].type() == before.type()) continue;
    throw ShapeError(fmt::format("{}: an update of a {} {} has its type, got {}", optimizer, i == 0 ? "weight" : "slot",
                                 before.type().str(), made[i].type().str()));
  }
}

Var is_set(Var scalar) { return greater(scalar, number(scalar, 0)); }

/// What an update made becomes what was before in a step that only adds up gradients.
void keep_unless(Var is_update, Var weight, std::span<const Var> slots, std::vector<Var>& made) {
  for (size_t k = 0; k < made.size(); ++k) made[k] = where(is_update, made[k], k == 0 ? weight : slots[k - 1]);
}

Var averaged(Var average, Var w, Var momentum) { return average * momentum + w * (1.0 - momentum); }

}  // namespace

std::vector<Slot> Optimizer::slots(const Shape& weight, const std::string& path) const {
  std::vector<Slot> all;
  constexpr int kAverages = -2, kSums = -1;
  if (options().use_ema) all.push_back({"average", weight, 0, kAverages});
  if (options().gradient_accumulation_steps) all.push_back({"gradient_accumulator", weight, 0, kSums});
  for (Slot& slot : rule().slots(weight, path)) all.push_back(std::move(slot));
  return all;
}

std::vector<StepNumber> Optimizer::step_numbers(int64_t iteration) const {
  return rule().step_numbers(updates(iteration));
}

size_t Optimizer::scalar_count() const {
  return SlotOrder(options()).own() > 0 ? std::tuple_size_v<Scalars> : std::tuple_size_v<StepScalars>;
}

Optimizer::Scalars Optimizer::scalars(int64_t iteration, double rate) const {
  const StepScalars own = rule().scalars(rate, updates(iteration) + 1);
  const std::optional<int64_t>& frequency = options().ema_overwrite_frequency;
  Scalars all{};
  std::ranges::copy(own, all.begin());
  all[kIsUpdate] = updates(iteration + 1) > updates(iteration) ? 1 : 0;
  all[kEmaMomentum] = updates(iteration) == 0 ? 0 : options().ema_momentum;
  all[kOverwrites] = frequency && (updates(iteration) + 1) % *frequency == 0 ? 1 : 0;
  return all;
}

/// Averages have no bound: they are mixed of numbers that may be the largest floats. Summed gradients have that of any
/// sum.
double Optimizer::safe_gradient(double rate, int64_t iteration) const {
  if (options().use_ema || !decay_is_safe(rule().parts().weight_decay.value_or(0), rate)) return 0;
  // Gradients are divided by the scale before they are used.
  const double own =
      rule().safe_gradient(rate, updates(iteration) + 1) * std::min(options().loss_scale_factor.value_or(1), 1.0);
  return options().gradient_accumulation_steps ? std::min(own, kSafeStep) : own;
}

double Optimizer::clip_bound() const {
  const double limit = std::max(
      {options().clipnorm.value_or(0), options().clipvalue.value_or(0), options().global_clipnorm.value_or(0)});
  const bool is_of_gradients = !options().gradient_accumulation_steps && !options().loss_scale_factor;
  return limit > 0 && is_of_gradients ? limit : std::numeric_limits<double>::infinity();
}

std::vector<Optimizer::Updated> Optimizer::update(std::span<const Var> weights, std::span<const Var> gradients,
                                                  const std::vector<std::vector<Var>>& slots,
                                                  std::span<const Var> scalars,
                                                  std::span<const Constraint> constraints) const {
  const SlotOrder order(options());
  std::vector<Var> sums, used(gradients.begin(), gradients.end());
  if (const auto& scale = options().loss_scale_factor) {
    for (Var& gradient : used) gradient = gradient / *scale;
  }
  for (size_t i = 0; order.has_sum && i < used.size(); ++i) {
    sums.push_back(slots[i][order.sum()] + used[i]);
    used[i] = sums[i] / static_cast<double>(*options().gradient_accumulation_steps);
  }
  used = clipped(used, options());
  std::vector<Updated> updated;
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::span<const Var> own = std::span(slots[i]).subspan(order.own());
    const double decay = decays(weights[i], options()) ? rule().decay_of(weights[i].shape(), path_of(weights[i])) : 0;
    const Var w = decayed(weights[i], decay, scalars[0]);
    std::vector<Var> made = rule().update(w, used[i], own, scalars.first(std::tuple_size_v<StepScalars>));
    check_update(name(), weights[i], own, made);
    if (order.has_sum) keep_unless(is_set(scalars[kIsUpdate]), weights[i], own, made);
    Updated now{made[0], {}};
    if (order.has_average) {
      now.slots.push_back(averaged(slots[i][0], now.weight, scalars[kEmaMomentum]));
      if (options().ema_overwrite_frequency) {
        now.weight = where(is_set(scalars[kOverwrites]), now.slots[0], now.weight);
      }
    }
    if (order.has_sum) now.slots.push_back(where(is_set(scalars[kIsUpdate]), number(sums[i], 0), sums[i]));
    now.slots.insert(now.slots.end(), made.begin() + 1, made.end());
    if (!constraints.empty() && constraints[i]) now.weight = constraints[i](now.weight);
    updated.push_back(std::move(now));
  }
  return updated;
}

}  // namespace reel
