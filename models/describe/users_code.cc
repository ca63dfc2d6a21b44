#include "reel/models/describe/users_code.h"

namespace reel {

Var require_var(Var given, const Graph& graph, const Giver& giver) {
  if (!given) throw Error(fmt::format("{}: gave an empty Var", giver.str()));
  if (&given.graph() != &graph) {
    throw Error(fmt::format("{}: gave a Var that belongs to another graph", giver.str()));
  }
  return given;
}

Var require_values(Var values, Var y_pred, const Giver& giver) {
  const Shape& shape = require_var(values, y_pred.graph(), giver).shape();
  if (values.dtype() != DType::i32 && (shape.rank() == 0 || shape[0] == y_pred.shape().lead())) return values;
  throw ShapeError(fmt::format("{}: expected floats, [rows, ...] or their mean [], for predictions {}, got {}",
                               giver.str(), y_pred.type().str(), values.type().str()));
}

}  // namespace reel
