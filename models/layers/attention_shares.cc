#include "reel/models/layers/attention_shares.h"

#include <fmt/format.h>

#include <cstdlib>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

template <class May>
Var mask_of(Graph& graph, int64_t queries, int64_t keys, May&& may) {
  Tensor mask = Tensor::zeros({queries, keys});
  const std::span<float> values = mask.data<float>();
  for (int64_t i = 0; i < queries; ++i) {
    for (int64_t j = 0; j < keys; ++j) values[static_cast<size_t>(i * keys + j)] = may(i, j) ? 1.0f : 0.0f;
  }
  return graph.constant(mask);
}

}  // namespace

Var causal_mask(Graph& graph, int64_t queries, int64_t keys) {
  return mask_of(graph, queries, keys, [](int64_t i, int64_t j) { return j <= i; });
}

Var window_mask(Graph& graph, int64_t queries, int64_t keys, int64_t width) {
  return mask_of(graph, queries, keys, [&](int64_t i, int64_t j) { return std::abs(i - j) < width; });
}

Var both_masks(Var a, Var b) {
  if (!a || !b) return a ? a : b;
  return cast(a, DType::f32) * cast(b, DType::f32);
}

Var shares_of(Var scores) {
  const Var e = exp(scores - stop_gradient(reduce_max(scores, -1, true)));
  return e / reduce_sum(e, -1, true);
}

void check_dropout(std::string_view layer, double rate) {
  if (!(rate >= 0 && rate <= 1)) throw ValueError(fmt::format("{}: dropout must be in [0, 1], got {}", layer, rate));
}

}  // namespace reel
