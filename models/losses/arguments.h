// What losses compute with: targets as predictions, means over an axis, values clipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/ops/ops.h"

namespace reel {

/// How the values of a batch become its loss: "sum_over_batch_size" (or "mean"), "sum", "mean_with_sample_weight"; with
/// "none", or none, they stay values.
using Reduction = std::optional<std::string>;
inline constexpr char kMeanOfBatch[] = "sum_over_batch_size";

/// Name and reduction, as configs of losses begin. Throws ValueError for a reduction that is none.
void loss_fields(Fields& fields, std::string& name, Reduction& reduction);
/// Throws ValueError, which begins with `loss`, for a reduction that is none.
void check_reduction(std::string_view loss, const Reduction& reduction);

inline Var number_like(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// Keras's backend epsilon.
inline constexpr double kEpsilon = 1e-7;

/// x moved into [low, high]; no gradient flows where it is outside.
Var clip_to(Var x, double low, double high);
/// Probabilities moved into [eps, 1 - eps].
Var clip_share(Var p);
inline Var at_least_epsilon(Var x) { return maximum(x, number_like(x, kEpsilon)); }

/// x / max(|x|, epsilon), of vectors along an axis.
Var unit_vectors(Var x, int axis);

/// x without its last axis, which has extent 1, or with one more.
Var without_last(Var x);
Var with_last(Var x);
/// Whether `longer` is `shape` with one more axis, of extent 1.
bool has_one_more(const Shape& longer, const Shape& shape);

/// Mean over an axis, [rows, ..., n] -> [rows, ...]; of [rows], one output a row, the values themselves.
Var mean_of_outputs(Var values, int64_t axis = -1);

/// Targets as the predictions' type, with a trailing axis of extent 1 added where only the predictions have one, and
/// dropped where only the targets do. `what` names the user in the ShapeError thrown when the shapes still differ.
Var match_targets(Var y_true, Var y_pred, std::string_view what);
/// Predictions without a last axis that targets [rows, n, ...] do not have, or with one that targets [rows, 1] do.
Flow ranked_as(Var y_true, const Flow& y_pred);

/// Targets and predictions brought to one shape and type. Where there is a mask, predictions keep their axes.
struct Matched {
  Var targets;
  Flow predicted;
};
Matched matched(Var y_true, const Flow& y_pred, std::string_view what);

/// Throws ShapeError for predictions without an axis of classes.
void require_classes(Var y_pred, std::string_view loss);
/// Throws ValueError for a share that is none.
void check_smoothing(double smoothing, std::string_view loss);
/// Targets moved toward equal shares.
Var smooth(Var t, double smoothing, double classes);

}  // namespace reel
