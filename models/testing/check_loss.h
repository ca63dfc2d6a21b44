// Checks a loss: for whoever writes one. Reel's own losses go through the same.
#pragma once

#include "reel/graph/graph.h"
#include "reel/models/losses/loss.h"
#include "reel/models/testing/check_error.h"
#include "reel/models/testing/scored_rows.h"

namespace reel {

/// Checks, for targets and predictions of these types, [rows, ...] each:
/// - the config: what is made of it has an equal one and gives the same bits, and takes other numbers from it;
/// - values: one for each vector along the predictions' last axis, or for each row, or for the batch, all finite;
/// - rows: any block of them gives the same values and gradients, to the bit, alone or among 1,001, on one thread or on
///   three;
/// - derivatives of the values by the predictions, and by logits where these come with them, against central
///   differences in double; values do not depend on whether logits come with them, and stay finite for far ones;
/// - the loss of a batch for every reduction, weighted and masked, against sums of its values; predictions whose weight
///   or mask is 0 may be NaN. None of this of a loss of a batch; and where a row's value depends on other rows, blocks
///   of rows and NaN are not looked at.
/// Throws CheckError for the first that does not hold, and what the loss throws.
void check_loss(const Loss& loss, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options = {});

}  // namespace reel
