#pragma once

#include <cstdint>

namespace reel {

/// Which values of a metric are the better ones. Keras: Metric._direction.
enum class Better : uint8_t { neither, lower, higher };

}  // namespace reel
