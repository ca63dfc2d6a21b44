// What code of users gives: layers, activations, losses, metrics and optimizers of their own. It is checked where it is
// given, for further on a mistake would be another op's, or nobody would notice it.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <functional>
#include <new>
#include <string>
#include <string_view>

#include "reel/graph/error.h"
#include "reel/graph/graph.h"

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

/// Calls `make`. A mistake of its shapes, its values, or any other comes out as what it was, with `place` added unless
/// it tells the place itself.
template <class Make>
auto located(const std::string& place, Make&& make) {
  const auto told = [&](std::string what) { return what.find(place) == what.npos ? what + place : what; };
  try {
    return make();
  } catch (const ShapeError& error) {
    throw ShapeError(told(error.what()));
  } catch (const ValueError& error) {
    throw ValueError(told(error.what()));
  } catch (const MemoryError& error) {
    throw MemoryError(told(error.what()));
  } catch (const std::bad_alloc&) {
    throw MemoryError(told("not enough memory"));
  } catch (const std::exception& error) {
    throw Error(told(error.what()));
  }
}

}  // namespace reel
