// What AIMA's deep_learning4e and learning4e do with data around a learner.
#pragma once

#include <cstdint>

#include "reel/graph/tensor.h"
#include "reel/models/data/imdb.h"

namespace reel {

/// The share of rows that are predicted wrong: 1 - right / n, where the class predicted for a row is that of its
/// largest output, the first of equal ones. 0 without rows.
/// - predictions: [n, classes], as `predict` gives them.
/// - y: the classes, [n] or [n, 1].
/// Throws ShapeError for others, ValueError for what is no class. AIMA: `err_ratio(learner, dataset)`.
double err_ratio(const Tensor& predictions, const Tensor& y);

/// The share of rows that are predicted right. Without rows it is no number, so that throws ValueError. AIMA:
/// `grade_learner(learner, tests)`.
double grade_learner(const Tensor& predictions, const Tensor& y);

/// Sequences of one length in three parts, with a number for each.
struct SequenceParts {
  Tensor train_x, train_y, val_x, val_y, test_x, test_y;  ///< x i32 [n, max_length], y i32 [n]
};

/// Pads or cuts all sequences to `max_length`, at their beginning, and holds the first ten of those to train on out as
/// tests; those of the data's test part validate. Throws ValueError for a length below 1, for fewer than eleven
/// sequences to train on, and for none to validate on. AIMA: `keras_dataset_loader(dataset, max_length=500)`.
SequenceParts keras_dataset_loader(const imdb::Data& data, int64_t max_length = 500);

}  // namespace reel
