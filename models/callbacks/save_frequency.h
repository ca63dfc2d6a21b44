// SaveFrequency: when callbacks save.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

#include "reel/models/describe/config.h"

namespace reel {

/// How often a model is saved: "epoch", after each, or after a number of batches, counted over all epochs.
class SaveFrequency {
 public:
  /// Throws ValueError for another word than "epoch", and for a number below 1.
  SaveFrequency(const char* word) : SaveFrequency(std::string(word)) {}
  SaveFrequency(const std::string& word);
  template <std::integral T>
  SaveFrequency(T batches) : batches_(require_positive(static_cast<int64_t>(batches))) {}

  /// 0: after each epoch.
  int64_t batches() const { return batches_; }
  Config config() const;
  static SaveFrequency from_config(const Config& config);

 private:
  static int64_t require_positive(int64_t batches);

  int64_t batches_ = 0;
};

}  // namespace reel
