// The names of losses, which are metrics by the same names.
#pragma once

#include "reel/models/describe/names.h"
#include "reel/models/losses/loss.h"

namespace reel {

/// Keras's names for a loss, its class and short ones; `Made` is Loss or Metric.
template <class Made>
inline constexpr Maker<Made> kLossesAs[] = {
    maker<Made, BinaryCrossentropy>(BinaryCrossentropy::name, "BinaryCrossentropy", "bce", "BCE"),
    maker<Made, CategoricalCrossentropy>(CategoricalCrossentropy::name, "CategoricalCrossentropy"),
    maker<Made, SparseCategoricalCrossentropy>(SparseCategoricalCrossentropy::name, "SparseCategoricalCrossentropy"),
    maker<Made, MeanSquaredError>(MeanSquaredError::name, "MeanSquaredError", "mse", "MSE"),
    maker<Made, MeanAbsoluteError>(MeanAbsoluteError::name, "MeanAbsoluteError", "mae", "MAE"),
    maker<Made, MeanAbsolutePercentageError>(MeanAbsolutePercentageError::name, "MeanAbsolutePercentageError", "mape",
                                             "MAPE"),
    maker<Made, MeanSquaredLogarithmicError>(MeanSquaredLogarithmicError::name, "MeanSquaredLogarithmicError", "msle",
                                             "MSLE"),
    maker<Made, LogCosh>(LogCosh::name, "LogCosh", "logcosh"),
    maker<Made, Poisson>(Poisson::name, "Poisson"),
    maker<Made, KLDivergence>(KLDivergence::name, "KLDivergence", "kld", "KLD"),
    maker<Made, CosineSimilarity>(CosineSimilarity::name, "CosineSimilarity"),
    maker<Made, Hinge>(Hinge::name, "Hinge"),
    maker<Made, SquaredHinge>(SquaredHinge::name, "SquaredHinge"),
    maker<Made, CategoricalHinge>(CategoricalHinge::name, "CategoricalHinge"),
};

}  // namespace reel
