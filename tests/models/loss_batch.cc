#include "models/loss_batch.h"

#include <algorithm>
#include <cmath>

#include "reel/graph/random.h"

namespace reel::testing {
namespace {

/// Numbers on a grid of eighths, so that there are ties, halves and whole ones among them.
double grid(Random& random, double low, double high) {
  return low + std::floor(random.uniform() * 8 * (high - low) + 1) / 8;
}

Numbers vector_of(Of kind, Random& random) {
  Numbers x(LossBatch::kOutputs);
  if (kind == Of::classes) return {static_cast<double>(random.below(LossBatch::kOutputs))};
  for (double& element : x) {
    switch (kind) {
      case Of::numbers: element = 4 * random.uniform() - 2; break;
      case Of::positive:
      case Of::distributions: element = 0.1 + random.uniform(); break;
      case Of::shares: element = grid(random, 0, 0.875); break;
      case Of::bits: element = random.below(2); break;
      case Of::signs: element = 2.0 * random.below(2) - 1; break;
      default: element = 0;
    }
  }
  if (kind == Of::one_hot) x[random.below(LossBatch::kOutputs)] = 1;
  if (kind == Of::distributions) {
    const double sum = x[0] + x[1] + x[2];
    for (double& element : x) element /= sum;
  }
  return x;
}

Tensor tensor_of(Of kind, bool are_sequences, uint64_t seed) {
  Random random(seed);
  std::vector<int64_t> dims{LossBatch::kRows};
  if (are_sequences) dims.push_back(LossBatch::kSteps);
  if (kind != Of::classes) dims.push_back(LossBatch::kOutputs);
  Tensor made(DType::f32, Shape(dims));
  const std::span<float> values = made.data<float>();
  for (size_t i = 0; i < values.size();) {
    for (const double element : vector_of(kind, random)) values[i++] = static_cast<float>(element);
  }
  return kind == Of::classes ? made.cast(DType::i32) : made;
}

}  // namespace

LossBatch::LossBatch(Of targets_of, Of predictions_of, bool are_sequences)
    : targets(tensor_of(targets_of, are_sequences, 1)),
      predictions(tensor_of(predictions_of, are_sequences, 2)),
      mask(DType::f32, {kRows, kSteps}),
      weights(Tensor::uniform({kRows}, 0.25, 2, 3)),
      are_sequences_(are_sequences) {
  for (int64_t i = 0; i < mask.size(); ++i) {
    mask.data<float>()[static_cast<size_t>(i)] = i % kSteps >= i / kSteps % (kSteps + 1) ? 1.0f : 0.0f;
  }
  for (size_t i = 0; i < kRows; i += 7) weights.data<float>()[i] = 0;
}

double LossBatch::mean(const PlainLoss& loss, bool is_weighted, double distance, const Tensor* v) const {
  const int64_t vectors = kRows * (are_sequences_ ? kSteps : 1), in_row = vectors / kRows;
  const int64_t target_size = targets.size() / vectors;
  double sum = 0, count = 0;
  for (int64_t i = 0; i < vectors; ++i) {
    if (are_sequences_ && mask.at(i) == 0) continue;
    Numbers t, y;
    for (int64_t k = 0; k < target_size; ++k) t.push_back(targets.at(i * target_size + k));
    for (int64_t k = i * kOutputs; k < (i + 1) * kOutputs; ++k) {
      y.push_back(predictions.at(k) + (v != nullptr ? distance * v->at(k) : 0));
    }
    sum += loss.value(t, y) * (is_weighted ? weights.at(i / in_row) : 1);
    ++count;
  }
  return sum / count;
}

}  // namespace reel::testing
