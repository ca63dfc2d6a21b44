// What checks of layers, losses, metrics and optimizers throw.
#pragma once

#include <string>
#include <string_view>

#include "reel/graph/error.h"

namespace reel {

/// What something does that it should not; `what()` names it and the check: "layer \"dense\": gives other bits ...".
class CheckError : public Error {
 public:
  CheckError(std::string_view who, std::string_view what) : Error(std::string(who).append(": ").append(what)) {}
};

}  // namespace reel
