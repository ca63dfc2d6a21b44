#include "reel/models/layers/lora.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/fields.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/eager.h"

namespace reel {

void Lora::fields(Fields& f) {
  f.written_if(rank.has_value(), "lora_rank", rank);
  std::optional<int64_t> with_default = alpha ? alpha : rank;
  f.written_if(rank.has_value(), "lora_alpha", with_default);
  alpha = with_default;
}

void Lora::check(std::string_view layer, const Constraint& constraint) const {
  if (!rank) return;
  check_positive(layer, "lora_rank", *rank);
  if (constraint)
    throw ValueError(fmt::format("{}: lora_rank and a constraint of the matrix exclude each other", layer));
}

Var Lora::added_to(Var matrix, const Call& call) const {
  if (!rank) return matrix;
  return matrix + matmul(call[a], call[b]) * scale();
}

std::vector<Tensor> Lora::saved(const Variable& matrix, const Variable& bias) const {
  std::vector<Tensor> values{matrix.value().clone()};
  if (rank) values[0] = matrix.value() + matmul(a.value(), b.value()) * scale();
  if (bias) values.push_back(bias.value().clone());
  return values;
}

void Lora::load(const std::vector<Tensor>& values, Variable matrix, Variable bias) {
  const size_t expected = bias ? 2 : 1;
  if (values.size() != expected) {
    throw ShapeError(fmt::format("load: expected {} values for \"{}\" and what is beside it, got {}", expected,
                                 matrix.path(), values.size()));
  }
  matrix.check_assignable(values[0], "load");
  if (bias) bias.check_assignable(values[1], "load");
  matrix.assign(values[0]);
  if (bias) bias.assign(values[1]);
  if (rank) b.assign(Tensor::zeros(b.shape(), b.type().dtype));
}

}  // namespace reel
