// Checks an object's config: that of a layer, a loss, a metric, an optimizer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/describe/config.h"
#include "reel/models/testing/check_error.h"

namespace reel {

/// A serialized object with another value of the argument `key`. Throws ValueError where it has no such argument.
Config with_argument(const Config& object, std::string_view key, const Config& value);

/// A number, which may be one that JSON has no word for.
Config number_config(double value);

/// The arguments of a serialized object whose values are numbers, or such as are true or false.
std::vector<std::string> number_keys(const Config& object, bool with_flags);

/// The object with another value of this argument: half of a number, the next of whole ones, true for false.
Config with_another(const Config& object, std::string_view key);

/// What is made of the object's config. Throws CheckError unless it has an equal one; unless it has another config
/// where a number is another one, which it may also refuse with a ValueError; and where the two share their arguments.
template <class Made>
Made check_config(std::string_view who, const Made& made) {
  const Config config = made.config();
  const Made again = Made::from_config(config);
  const auto require_equal = [&](const Made& object, std::string_view when) {
    if (object.config() == config) return;
    throw CheckError(who, std::string(when) + " of " + config.str() + " it has " + object.config().str());
  };
  require_equal(again, "made");
  for (const std::string& key : number_keys(config, true)) {
    const Config other = with_another(config, key);
    try {
      if (Made::from_config(other).config() == config) throw CheckError(who, "does not take " + key + " from a config");
    } catch (const ValueError&) {
    }
  }
  require_equal(made, "after others were made");
  require_equal(again, "after others were made");
  return again;
}

}  // namespace reel
