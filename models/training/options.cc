#include "reel/models/training/options.h"

namespace reel {
namespace {

template <class T>
const T& named_or(const std::map<std::string, T>& by_name, const std::string& name, const T& other) {
  const auto found = by_name.find(name);
  return found == by_name.end() ? other : found->second;
}

}  // namespace

const Loss& CompileOptions::loss_of(const std::string& output) const { return named_or(losses, output, loss); }
double CompileOptions::loss_weight(const std::string& output) const { return named_or(loss_weights, output, 1.0); }

const std::vector<Metric>& CompileOptions::metrics_of(const std::string& output) const {
  return named_or(output_metrics, output, metrics);
}

const std::vector<Metric>& CompileOptions::weighted_metrics_of(const std::string& output) const {
  return named_or(output_weighted_metrics, output, weighted_metrics);
}

}  // namespace reel
