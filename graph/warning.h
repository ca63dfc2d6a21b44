// What can be done, but is likely not meant: a softmax of a single unit.
#pragma once

#include <functional>
#include <string_view>

namespace reel {

using WarningHandler = std::function<void(std::string_view text)>;

/// Hands one line to the handler. The one that is there at first writes it to standard error, each text once.
void warn(std::string_view text);

/// From now on warnings go to `handler`; an empty one is the first again. Returns the one before.
WarningHandler set_warning_handler(WarningHandler handler);

}  // namespace reel
