// Progress of a run of many epochs in a few lines.
#pragma once

#include "reel/models/training/callback.h"

namespace reel::cli {

/// Whether a run of so many epochs is told in fewer lines than it has epochs.
bool folds_epochs(int64_t epochs);

/// Prints the first epoch, the last, and some twenty between them, a line each, to where `fit` prints.
CallbackPtr folded_progress();

}  // namespace reel::cli
