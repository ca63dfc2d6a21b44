// How matrices lie in memory.
#pragma once

#include <cstdint>

namespace reel {

/// Of the second operand of a product of rows: [k, n], [n, k], or in panels as the product kernel reads it.
enum class Layout : uint8_t { plain, transposed, packed };

}  // namespace reel
