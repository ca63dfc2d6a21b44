// Checks of what layers are constructed with.
#pragma once

#include <cstdint>
#include <string_view>

namespace reel {

/// Throws ValueError unless value > 0.
void check_positive(std::string_view layer, std::string_view what, int64_t value);

}  // namespace reel
