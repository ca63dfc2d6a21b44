// What `train` tells programs of its epochs.
#pragma once

#include <nlohmann/json.hpp>

#include "reel/models/training/history.h"

namespace reel::cli {

/// A list with the logs of each epoch, and its "seconds".
nlohmann::ordered_json epochs_json(const History& history);

}  // namespace reel::cli
