// What JSON from a file would take in memory, found out before it is taken: two bytes of text can become a hundred.
#pragma once

#include <string_view>

#include "reel/models/formats/memory_budget.h"

namespace reel {

/// Counts in `budget` what nlohmann::json takes for the text. Throws DataError, which begins with `source`, beyond the
/// budget and for more than 64 levels of nesting, as the text is read; text that is no JSON is left to the parser.
void check_json_cost(std::string_view text, std::string_view source, MemoryBudget& budget);

}  // namespace reel
