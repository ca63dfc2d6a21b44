#include "reel/models/training/options.h"

namespace reel {

const Loss& CompileOptions::loss_of(const std::string& output) const {
  const auto found = losses.find(output);
  return found == losses.end() ? loss : found->second;
}

const std::vector<Metric>& CompileOptions::metrics_of(const std::string& output) const {
  const auto found = output_metrics.find(output);
  return found == output_metrics.end() ? metrics : found->second;
}

}  // namespace reel
