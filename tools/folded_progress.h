// Progress of a run of many epochs in a few lines.
#pragma once

#include "reel/models/training/callback.h"

namespace reel::cli {

/// Whether a run of so many epochs is told in fewer lines than it has epochs.
bool folds_epochs(int64_t epochs);

/// Prints a line for epochs 1, 2, 5, 10, 20, 50 and so on, for one every ten seconds, and for the last, to where `fit`
/// prints.
CallbackPtr folded_progress();

}  // namespace reel::cli
