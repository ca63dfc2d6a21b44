#include "reel/models/training/training_state.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/version.h"

namespace reel {
namespace {

/// Adds "batch_size 32, now 64" for each place that differs.
void add_differences(const std::string& place, const Json& then, const Json& now, std::string& text) {
  if (then == now) return;
  if (then.is_object() && now.is_object()) {
    const std::string prefix = place.empty() ? "" : place + ".";
    for (const auto& [key, value] : now.items())
      add_differences(prefix + key, then.contains(key) ? then[key] : Json(), value, text);
    for (const auto& [key, value] : then.items()) {
      if (!now.contains(key)) add_differences(prefix + excerpt(key), value, Json(), text);
    }
    return;
  }
  if (then.is_array() && now.is_array() && then.size() == now.size()) {
    for (size_t i = 0; i < now.size(); ++i) add_differences(fmt::format("{}[{}]", place, i), then[i], now[i], text);
    return;
  }
  text += fmt::format("{}{} {}, now {}", text.empty() ? "" : "; ", place, excerpt_of(then), excerpt_of(now));
}

}  // namespace

void check_made_with(const TrainingState& state, const Config& made_with) {
  if (state.version != version()) {
    throw ValueError(fmt::format("{}: was written by version {}, this is {}, whose bits may be others", state.source,
                                 excerpt(state.version), version()));
  }
  std::string what;
  add_differences("", json_of(state.made_with), json_of(made_with), what);
  if (!what.empty()) throw ValueError(fmt::format("{}: is of another training: {}", state.source, what));
}

}  // namespace reel
