#include "reel/models/data/aima.h"

#include <fmt/format.h>

#include <span>

#include "reel/graph/error.h"
#include "reel/models/data/sequences.h"

namespace reel {
namespace {

constexpr int64_t kTests = 10;

void check_scored(const Tensor& predictions, const Tensor& y, const char* what) {
  const bool fits = predictions && y && predictions.shape().rank() == 2 && predictions.shape()[1] > 0 &&
                    (y.shape() == Shape{predictions.shape()[0]} || y.shape() == Shape{predictions.shape()[0], 1});
  if (fits) return;
  throw ShapeError(fmt::format("{}: expected predictions [n, classes] and classes [n], got {} and {}", what,
                               predictions ? predictions.shape().str() : "nothing", y ? y.shape().str() : "nothing"));
}

int64_t count_right(const Tensor& predictions, const Tensor& y, const char* what) {
  check_scored(predictions, y, what);
  const int64_t classes = predictions.shape()[1];
  int64_t right = 0;
  for (int64_t row = 0; row < predictions.shape()[0]; ++row) {
    const double desired = y.at(row);
    if (!(desired >= 0 && desired < static_cast<double>(classes)) || desired != static_cast<double>(int64_t(desired))) {
      throw ValueError(
          fmt::format("{}: expected a class of 0 to {}, got {} in row {}", what, classes - 1, desired, row));
    }
    int64_t largest = 0;
    for (int64_t i = 1; i < classes; ++i) {
      if (predictions.at(row * classes + i) > predictions.at(row * classes + largest)) largest = i;
    }
    right += largest == static_cast<int64_t>(desired) ? 1 : 0;
  }
  return right;
}

}  // namespace

double err_ratio(const Tensor& predictions, const Tensor& y) {
  const int64_t right = count_right(predictions, y, "err_ratio");
  const int64_t count = predictions.shape()[0];
  return count == 0 ? 0 : 1 - static_cast<double>(right) / static_cast<double>(count);
}

double grade_learner(const Tensor& predictions, const Tensor& y) {
  const int64_t right = count_right(predictions, y, "grade_learner");
  if (predictions.shape()[0] == 0) throw ValueError("grade_learner: expected a test at least, got none");
  return static_cast<double>(right) / static_cast<double>(predictions.shape()[0]);
}

SequenceParts keras_dataset_loader(const imdb::Data& data, int64_t max_length) {
  const auto count = static_cast<int64_t>(data.train.x.size());
  if (count <= kTests || data.test.x.empty()) {
    throw ValueError(
        fmt::format("keras_dataset_loader: expected more than {} sequences to train on and one to "
                    "validate on, got {} and {}",
                    kTests, count, data.test.x.size()));
  }
  const PadOptions options{.maxlen = max_length};
  const Tensor x = pad_sequences(data.train.x, options), y = Tensor::of(data.train.y);
  return {.train_x = x.slice_rows(kTests, count),
          .train_y = y.slice_rows(kTests, count),
          .val_x = pad_sequences(data.test.x, options),
          .val_y = Tensor::of(data.test.y),
          .test_x = x.slice_rows(0, kTests),
          .test_y = y.slice_rows(0, kTests)};
}

}  // namespace reel
