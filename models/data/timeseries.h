// Windows of a series, as rows to train on.
#pragma once

#include <cstdint>
#include <optional>

#include "reel/models/training/samples.h"

namespace reel {

struct TimeSeriesOptions {
  int64_t sequence_stride = 1;            ///< from the start of a window to that of the next
  int64_t sampling_rate = 1;              ///< from step to step within a window
  int64_t start_index = 0;                ///< of the part of the series that windows are taken from,
  std::optional<int64_t> end_index = {};  ///< which ends before this
};

/// Windows, and what belongs to each.
struct TimeSeries {
  Samples x;  ///< [windows, sequence_length, ...]
  Tensor y;   ///< targets of the windows' first steps, [windows, ...]; empty where none were given
};

/// Windows of data [n, ...], made when they are read: window k begins with step k stride. Batches and their order are
/// up to `fit`. No windows fit where the series is too short. Throws ValueError for numbers that are not positive,
/// strides and rates that are not below n, and indices that are none. keras.utils.timeseries_dataset_from_array.
TimeSeries timeseries_dataset_from_array(const Tensor& data, const Tensor& targets, int64_t sequence_length,
                                         const TimeSeriesOptions& options = {});

}  // namespace reel
