// What a callback looks at: a number of the logs, and which of its values are better.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reel/models/metrics/better.h"
#include "reel/models/training/callback.h"

namespace reel {

/// Which values of the log are better. `mode` "min" or "max" says it; with "auto" losses are better when lower, and
/// metrics of the model as they say. Throws ValueError, which begins with `what`, where nothing says it.
Better direction_of(const Model& model, const std::string& log, const std::string& mode, std::string_view what);

/// Whether a value is better than `best` by more than `min_delta`; if there is none, whether it is one at all.
bool is_improvement(double value, const std::optional<double>& best, Better better, double min_delta = 0);

/// The log's value; where it is not there, a warning that begins with `what` says which are.
std::optional<double> monitored(const Logs& logs, const std::string& log, std::string_view what);

/// Throws ValueError for another mode than "auto", "min" or "max".
void check_mode(const std::string& mode, std::string_view what);
/// Throws ValueError for a number that is below `least`, or none.
void check_least(double value, double least, std::string_view argument, std::string_view what);

}  // namespace reel
