// Checks an op: for whoever writes one. Reel's own ops go through the same.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/graph.h"

namespace reel {

/// What an op does that it should not; `what()` names the op and the check.
class OpCheckError : public Error {
 public:
  using Error::Error;
};

/// Applies an op to inputs of the checked types.
using OpMaker = std::function<Var(std::span<const Var> inputs)>;

/// What an op should give, in double.
struct OpReference {
  std::vector<double> values;
  /// What an error of an element is measured against; its own size if empty. For sums, that of what was summed.
  std::vector<double> scale = {};
};

struct OpCheckOptions {
  int64_t ids = 3;                   ///< whole numbers are drawn from [0, ids)
  double low = -3, high = 3;         ///< what other values are drawn from
  double smooth_low = -2;            ///< what they are where derivatives are taken: apart from one another,
  double smooth_high = 2;            ///< and from the middle
  std::vector<Tensor> at = {};       ///< values of the inputs in place of drawn ones; of floats, also in double
  bool in_double = true;             ///< whether it takes float64 as well
  int order = 2;                     ///< how often it can be differentiated; 0 if no adjoint flows, -1: not asked
  double tolerance = 1e-7;           ///< of derivatives, relative to the sum of what is added up
  std::vector<OpMaker> others = {};  ///< ops of the class with other options, on the same inputs
  /// Where there is one, values are held against it, within `ulps` units of 2^-23 (float32) or 2^-52 (float64).
  std::function<OpReference(std::span<const Tensor> inputs)> reference = {};
  double ulps = 4;
};

/// Checks what `make` records for inputs of these types, on each SIMD target of the machine, every op by itself:
/// - infer: what it tells of symbolic rows holds for any number of them;
/// - memory: every element of the output is written, and nothing beside it, beside the block's rows or beside scratch;
///   inputs stay as they are, and what lies around them, in scratch and in the output has no influence;
/// - rows: any block of 1,001 rows gives the same bits, also where rows lie apart, in memory that may be overwritten,
///   elsewhere in a batch unless the op is `positional`, and on three threads at once;
/// - traits: each that it claims, and what its layouts, addends and packed forms promise;
/// and of the whole
/// - attributes: of `others` none is taken for the op, or for another of them, that gives other bits;
/// - values: they fit the reference, and are the same bits on every target and on one, two and three threads;
/// - gradients, to the given order, against central differences in double. An op without any is an error unless
///   `order` is -1.
/// Throws OpCheckError for the first that does not hold, and what the op throws. See also check_gradients.h.
void check_op(const OpMaker& make, const std::vector<Type>& inputs, const OpCheckOptions& options = {});

}  // namespace reel
