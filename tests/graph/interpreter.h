// A second, slow way to run a graph, for tests: one node after the other, each value in a tensor of its own, through
// nothing but Op::run. What Program does with stages, tiles, slots and threads must come to the same.
#pragma once

#include <map>
#include <vector>

#include "reel/graph/graph.h"

namespace reel::testing {

struct Interpretation {
  std::map<int32_t, Tensor> values;  ///< by node id
  const Tensor& operator[](Var var) const { return values.at(var.id()); }
};

/// Runs everything `outputs` need. `inputs` holds the value of each input by id; `batch_rows` is what the symbolic rows
/// are. Rows are computed `block_rows` at a time (the last block may be shorter), all at once if 0. Sums over rows are
/// taken in order, from zero, and but for products in double.
Interpretation interpret(const Graph& graph, std::span<const Var> outputs, const std::map<int32_t, Tensor>& inputs,
                         int64_t batch_rows, int64_t block_rows = 0);

/// Whether two tensors have the same type and the same bits.
bool same_bits(const Tensor& a, const Tensor& b);

}  // namespace reel::testing
