#include "reel/models/layers/spectral_normalization.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/losses/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr double kFirstDeviation = 0.02;  // of the vector that iterations begin with

/// The layer's own weight of this name, or none.
Variable own_weight(const Layer& layer, const std::string& name) {
  for (const Variable& weight : layer.weights()) {
    if (weight.path() == layer.path() + "/" + name) return weight;
  }
  return {};
}

}  // namespace

SpectralNormalization::SpectralNormalization(LayerPtr layer, SpectralNormalizationOptions options)
    : layer_(std::move(layer)), power_iterations_(options.power_iterations) {
  set_default_name(options.name);
  check();
}

void SpectralNormalization::fields(Fields& f) {
  f.required("layer", layer_);
  f("power_iterations", power_iterations_);
}

void SpectralNormalization::check() const {
  if (!layer_) throw ValueError("SpectralNormalization: expected a layer, got none");
  check_positive("SpectralNormalization", "power_iterations", power_iterations_);
}

void SpectralNormalization::build(const Type& input) {
  hold(layer_);
  layer_->build_once(std::vector<Type>{input}, path());
  kernel_ = own_weight(*layer_, "kernel");
  if (!kernel_) kernel_ = own_weight(*layer_, "embeddings");
  if (!kernel_) {
    throw ValueError(fmt::format("SpectralNormalization: expected a layer with a \"kernel\" or \"embeddings\", got {}",
                                 layer_->class_name()));
  }
  share_weight(kernel_);
  vector_u_ = add_weight("vector_u", {1, kernel_.shape().back()}, TruncatedNormal{.stddev = kFirstDeviation},
                         {.kind = VariableKind::statistic});
}

void SpectralNormalization::normalize(Call& call) const {
  const Var kernel = call[kernel_], old_u = call[vector_u_];
  const Var matrix = reshape(kernel, {kernel.shape().product(0, kernel.shape().rank() - 1), kernel.shape().back()});
  Var u = old_u, v;
  for (int64_t i = 0; i < power_iterations_; ++i) {
    v = unit_vectors(matmul_nt(u, matrix), -1);
    u = unit_vectors(matmul(v, matrix), -1);
  }
  u = stop_gradient(u);
  v = stop_gradient(v);
  const Var has_any = any(kernel), one = call.graph().constant(1, kernel.dtype());
  const Var stretch = sum(matmul(v, matrix) * u);
  call.assign(vector_u_, where(has_any, u, old_u));
  call.assign(kernel_, kernel / where(has_any, stretch, one));
}

Flow SpectralNormalization::call_masked(Call& call, Flow input) const {
  if (call.training()) normalize(call);
  return call.apply(layer_, input);
}

}  // namespace reel
