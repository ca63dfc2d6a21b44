// Series of numbers: one that is made, or a file of the user's.
#pragma once

#include <string>

#include "reel/models/zoo/zoo.h"

namespace reel {

/// Windows of "window" steps, f32 [n, window, columns], and the step "ahead" of their last one, f32 [n, columns]: of
/// the file `options.path` that `load_rows` reads, a row a step; or of a made series of 5,000 steps, two seasons and
/// noise. The first eight tenths are to train on, the rest for validation; the last ten windows are held out. Throws
/// DataError for a series of fewer than twenty windows.
ZooData load_forecast(const ZooDataOptions& options);
/// How far forecasts are off, beside saying the last value again.
std::string show_forecast(const ZooData& data, ZooTrained& trained);

/// Windows as their own targets, f32 [n, window, columns]: of the first eight tenths of such a series. Held out are the
/// windows of the last two tenths, one after the other, which in the made series have an anomaly.
ZooData load_normal_windows(const ZooDataOptions& options);
/// The steps that are further from what the model makes of them, on average over all windows that have them, than any
/// that it was trained on.
std::string show_anomalies(const ZooData& data, ZooTrained& trained);

/// Normalizations of the model learn mean and variance of what is trained on.
void adapt_normalizations(const Model& model, const ZooData& data);

}  // namespace reel
