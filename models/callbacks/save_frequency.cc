#include "reel/models/callbacks/save_frequency.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"

namespace reel {

SaveFrequency::SaveFrequency(const std::string& word) {
  if (word != "epoch") {
    throw ValueError(fmt::format("save_freq: expected \"epoch\" or a number of batches, got \"{}\"", excerpt(word)));
  }
}

int64_t SaveFrequency::require_positive(int64_t batches) {
  if (batches >= 1) return batches;
  throw ValueError(fmt::format("save_freq: expected 1 batch or more, got {}", batches));
}

Config SaveFrequency::config() const { return batches_ > 0 ? config_of(batches_) : config_of("epoch"); }

SaveFrequency SaveFrequency::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_string()) return json.get<std::string>();
  throw ValueError(fmt::format("expected \"epoch\" or a number of batches, got {}", excerpt_of(json)));
}

}  // namespace reel
