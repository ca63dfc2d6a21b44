// Products and sums told by letters for axes.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "reel/graph/var.h"

namespace reel {

/// Sums of products of one or two values, as numpy.einsum: "ij,jk->ik" has a letter for each axis of each operand and
/// of the result, "..." stands for all axes that have none, which broadcast. Letters that the result lacks are summed
/// over; without "->" it has all that stand once, in alphabetical order. Symbolic rows are axis 0 of the result, or
/// summed over. Products are matmul's, or elementwise where nothing is summed. Throws ShapeError, which tells the
/// equation and all shapes, for what does not fit, and for a letter twice in one operand, as in "ii->i".
Var einsum(std::string_view equation, std::span<const Var> operands);
inline Var einsum(std::string_view equation, std::initializer_list<Var> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}
inline Var einsum(std::string_view equation, Var a) { return einsum(equation, {a}); }
inline Var einsum(std::string_view equation, Var a, Var b) { return einsum(equation, {a, b}); }

}  // namespace reel
