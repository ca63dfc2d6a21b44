// Random graphs of every kind of op, with gradients and assignments: what plans and programs are tried on.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "reel/autodiff/tape.h"

namespace reel::testing {

struct RandomGraph {
  std::unique_ptr<Tape> tape = std::make_unique<Tape>();
  Targets targets;  ///< takes `inputs` in order
  std::vector<Var> parameters;

  Graph& graph() { return tape->graph(); }
  /// A batch that fits the inputs, by node id; deterministic.
  std::map<int32_t, Tensor> batch(int64_t row_count) const;
  std::vector<Tensor> in_order(const std::map<int32_t, Tensor>& batch) const;
};

/// About `size` random nodes and the gradient of a loss over them; all in float64, values about 1. Some of the
/// parameters are assigned, some of the values asked for; with a guard for every other seed. The same seed gives the
/// same graph, whatever passes its gradient and programs go through.
RandomGraph random_graph(uint64_t seed, int size, const Passes& passes = {});

}  // namespace reel::testing
