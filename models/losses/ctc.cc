#include "reel/models/losses/ctc.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"

namespace reel {
namespace {

/// The logarithm of a probability of 0, as Keras counts with it.
constexpr double kLogOfNothing = -1e5;

/// log(exp(a) + exp(b)), without overflow.
Var log_add(Var a, Var b) { return maximum(a, b) + softplus(-abs(a - b)); }

/// Logarithms of what all ways so far come to, by how many labels they have read.
struct Ways {
  Var blank;  ///< [rows, labels + 1]: the last class was a blank, or the first is to come
  Var label;  ///< [rows, labels]: it was label i
};

/// Ways that end with a label may go on as if a blank had come, `with` that added.
Var blank_after_label(Var blank, Var with) {
  const int64_t labels = with.shape()[1];
  return concatenate({slice(blank, 1, 0, 1), log_add(slice(blank, 1, 1, labels), with)}, 1);
}

/// One step more. `repeats`: [rows, labels], 1 where the next label is the same, between which a blank must come.
Ways next(const Ways& ways, Var log_label, Var log_blank, Var repeats) {
  const int64_t labels = ways.label.shape()[1];
  const Var open = blank_after_label(ways.blank, ways.label + kLogOfNothing * repeats);
  const Var read = log_add(slice(open, 1, 0, labels) + log_label, ways.label + log_label);
  const Var waited = blank_after_label(open + log_blank, ways.label + log_blank + kLogOfNothing * (1.0 - repeats));
  return {waited, read};
}

/// [rows, labels]: 1 where a label is followed by itself.
Var repeats_of(Var labels, DType dtype) {
  const int64_t count = labels.shape()[1];
  const Var none = 0.0 * cast(slice(labels, 1, 0, 1), dtype);
  if (count == 1) return none;
  const Var same = equal(slice(labels, 1, 0, count - 1), slice(labels, 1, 1, count - 1));
  return concatenate({cast(same, dtype), none}, 1);
}

void check_shapes(const CTC& loss, const Shape& labels, const Shape& logits) {
  if (labels.rank() == 2 && logits.rank() == 3 && labels[1] > 0 && logits[1] > 0) return;
  throw ShapeError(fmt::format("{}: expected labels [rows, labels] and logits [rows, steps, classes], got {} and {}",
                               loss.name, labels.str(), logits.str()));
}

}  // namespace

Var CTC::operator()(Var y_true, Var y_pred) const {
  check_shapes(*this, y_true.shape(), y_pred.shape());
  const DType dtype = y_pred.dtype();
  const int64_t labels = y_true.shape()[1], steps = y_pred.shape()[1], classes = y_pred.shape()[2];
  const Var shares = log_softmax(y_pred), classes_of = cast(y_true, DType::i32);
  const Var of_labels = matmul_nt(shares, one_hot(classes_of, classes, {.dtype = dtype, .what = name}));
  const Var of_blank = slice(shares, 2, 0, 1), repeats = repeats_of(classes_of, dtype);
  const Var nothing = number_like(repeats, kLogOfNothing) + 0.0 * repeats;
  Ways ways{concatenate({0.0 * slice(repeats, 1, 0, 1), nothing}, 1), nothing};
  for (int64_t step = 0; step < steps; ++step) {
    ways = next(ways, select(of_labels, 1, step), select(of_blank, 1, step), repeats);
  }
  const Var ends = blank_after_label(ways.blank, ways.label);
  const Var length = reduce_sum(cast(not_equal(classes_of, 0.0), dtype), 1);
  return -reduce_sum(ends * one_hot(length, labels + 1, {.dtype = dtype}), 1);
}

}  // namespace reel
