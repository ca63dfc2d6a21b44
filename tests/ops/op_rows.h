// What the rows of op_table() are written with.
#pragma once

#include "ops/op_table.h"

namespace reel::testing {

using Vars = std::span<const Var>;
using Make = std::function<Var(Vars)>;

inline Make apply(Var (*function)(Var)) {
  return [function](Vars x) { return function(x[0]); };
}
inline Make apply(Var (*function)(Var, Var)) {
  return [function](Vars x) { return function(x[0], x[1]); };
}

inline const std::vector<Sample> kUnary = {{{rows, 7}}, {{rows, 3, 5}}, {{rows}}, {{5}}, {{3, 9}}, {{}}};

/// Rows of the elementwise ops: ops/{arithmetic,math,compare}.cc.
void add_elementwise(std::vector<OpRow>& table);
/// Rows of the products: ops/{matmul,transpose}.cc.
void add_products(std::vector<OpRow>& table);
/// Rows of the ops between rows and prefixes.
void add_regrouping(std::vector<OpRow>& table);
/// Rows of the functions of ops/math.h.
void add_functions(std::vector<OpRow>& table);
/// Rows of the functions of ops/movement.h.
void add_rearrangements(std::vector<OpRow>& table);
/// Rows of the functions of ops/reductions.h and ops/sequences.h.
void add_reductions(std::vector<OpRow>& table);
/// Rows of ops/einsum.h.
void add_einsum(std::vector<OpRow>& table);
/// Rows of the ops that draw: ops/random.cc.
void add_random(std::vector<OpRow>& table);

/// Rows of ops/pairs.cc.
void add_pairs(std::vector<OpRow>& table);
/// Rows of ops/windows.cc.
void add_windows(std::vector<OpRow>& table);

}  // namespace reel::testing
