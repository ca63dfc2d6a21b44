// Checks a metric: for whoever writes one. Reel's own metrics go through the same.
#pragma once

#include "reel/graph/graph.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/testing/check_error.h"
#include "reel/models/testing/scored_rows.h"

namespace reel {

/// Checks, for targets and predictions of these types, [rows, ...] each:
/// - the config: what is made of it has an equal one and gives the same bits, and takes other numbers from it;
/// - sums: the same bits on one thread and on three; those of batches add up to those of all rows, however rows are
///   cut, exactly where they are whole numbers, else but for rounding; the result follows, finite;
/// - weights: of 1 they change nothing, a row of 2 counts as two rows do, and one of 0 as none, be its predictions NaN;
/// - masks, of sequences whose vectors have values: what they leave out counts as nothing, be it NaN;
/// - no rows: results are `of_no_rows`.
/// Of a metric of batches, sums do not add up, and weights are not looked at. Throws CheckError for the first that does
/// not hold, and what the metric throws.
void check_metric(const Metric& metric, const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options = {});

}  // namespace reel
