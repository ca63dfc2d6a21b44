// The names of losses, most of which are metrics by the same names.
#pragma once

#include "reel/models/describe/names.h"
#include "reel/models/losses/loss.h"

namespace reel {

/// Keras's names for a loss, its class and short ones; `Made` is Loss or Metric.
template <class Made>
inline constexpr Maker<Made> kLossesAs[] = {
    maker<Made, BinaryCrossentropy>("binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"),
    maker<Made, BinaryFocalCrossentropy>("binary_focal_crossentropy", "BinaryFocalCrossentropy"),
    maker<Made, CategoricalCrossentropy>("categorical_crossentropy", "CategoricalCrossentropy"),
    maker<Made, CategoricalFocalCrossentropy>("categorical_focal_crossentropy", "CategoricalFocalCrossentropy"),
    maker<Made, SparseCategoricalCrossentropy>("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
    maker<Made, MeanSquaredError>("mean_squared_error", "MeanSquaredError", "mse", "MSE"),
    maker<Made, MeanAbsoluteError>("mean_absolute_error", "MeanAbsoluteError", "mae", "MAE"),
    maker<Made, MeanAbsolutePercentageError>("mean_absolute_percentage_error", "MeanAbsolutePercentageError", "mape",
                                             "MAPE"),
    maker<Made, MeanSquaredLogarithmicError>("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "msle",
                                             "MSLE"),
    maker<Made, Huber>("huber", "Huber"),
    maker<Made, LogCosh>("log_cosh", "LogCosh", "logcosh"),
    maker<Made, Poisson>("poisson", "Poisson"),
    maker<Made, KLDivergence>("kl_divergence", "KLDivergence", "kld", "KLD"),
    maker<Made, CosineSimilarity>("cosine_similarity", "CosineSimilarity"),
    maker<Made, Hinge>("hinge", "Hinge"),
    maker<Made, SquaredHinge>("squared_hinge", "SquaredHinge"),
    maker<Made, CategoricalHinge>("categorical_hinge", "CategoricalHinge"),
    maker<Made, Dice>("dice", "Dice"),
    maker<Made, Tversky>("tversky", "Tversky"),
    maker<Made, CategoricalGeneralizedCrossEntropy>("categorical_generalized_cross_entropy",
                                                    "CategoricalGeneralizedCrossEntropy"),
    maker<Made, CTC>("ctc", "CTC"),
    maker<Made, Circle>("circle", "Circle"),
};

}  // namespace reel
