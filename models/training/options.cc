#include "reel/models/training/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"

namespace reel {
namespace {

template <class T>
const T& named_or(const std::map<std::string, T>& by_name, const std::string& name, const T& other) {
  const auto found = by_name.find(name);
  return found == by_name.end() ? other : found->second;
}

void check_at_least(int64_t least, std::string_view what, int64_t value) {
  if (value >= least) return;
  throw ValueError(least == 0 ? fmt::format("fit: {} must not be negative, got {}", what, value)
                              : fmt::format("fit: {} must be positive, got {}", what, value));
}

}  // namespace

bool ValidationFrequency::includes(int64_t epoch) const {
  return every_ > 0 ? (epoch + 1) % every_ == 0 : std::ranges::find(epochs_, epoch + 1) != epochs_.end();
}

void ValidationFrequency::check() const {
  if (!epochs_.empty()) return;
  check_at_least(1, "validation_freq", every_);
}

std::string ValidationFrequency::str() const {
  return every_ > 0 ? fmt::format("{}", every_) : fmt::format("{}", fmt::join(epochs_, ", "));
}

void FitOptions::check() const {
  check_at_least(0, "epochs", epochs);
  check_at_least(0, "initial_epoch", initial_epoch);
  check_at_least(0, "validation_batch_size", validation_batch_size);
  check_at_least(1, "steps_per_epoch", steps_per_epoch.value_or(1));
  check_at_least(1, "validation_steps", validation_steps.value_or(1));
  validation_freq.check();
}

const Loss& CompileOptions::loss_of(const std::string& output) const { return named_or(losses, output, loss); }
double CompileOptions::loss_weight(const std::string& output) const { return named_or(loss_weights, output, 1.0); }

const std::vector<Metric>& CompileOptions::metrics_of(const std::string& output) const {
  return named_or(output_metrics, output, metrics);
}

const std::vector<Metric>& CompileOptions::weighted_metrics_of(const std::string& output) const {
  return named_or(output_weighted_metrics, output, weighted_metrics);
}

}  // namespace reel
