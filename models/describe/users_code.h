// What code of users gives: layers, activations, losses, metrics and optimizers of their own. It is checked where it is
// given, for further on a mistake would be another op's, or nobody would notice it.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

#include "reel/graph/error.h"
#include "reel/graph/graph.h"
#include "reel/graph/located.h"

namespace reel {

/// What gave a value, as messages call it: layer "dense".
struct Giver {
  std::string_view kind, name;
  std::string str() const { return fmt::format("{} \"{}\"", kind, excerpt(name)); }
};

/// `given`, as a Var of `graph`. Throws Error for no Var and for one of another graph.
Var require_var(Var given, const Graph& graph, const Giver& giver);

/// `values` that a loss or a metric gave for predictions. Throws ShapeError unless they are floats, [rows, ...] or [].
Var require_values(Var values, Var y_pred, const Giver& giver);

/// Throws ValueError, which begins with `what`, for a function that is none.
template <class Signature>
std::function<Signature> require_function(std::function<Signature> function, std::string_view what) {
  if (!function) throw ValueError(fmt::format("{}: expected a function, got an empty one", what));
  return function;
}

}  // namespace reel
