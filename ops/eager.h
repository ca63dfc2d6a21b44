// Functions of Tensors: what ops.h has for Vars, computed at once, as NumPy does. For data and for looking at results;
// a model's work belongs in a graph, which fuses, tiles and keeps it.
//
//   Tensor normed = (x - mean(x)) / 2.0;
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/graph/run/program.h"
#include "reel/ops/ops.h"

namespace reel {

/// A graph of one computation. Throws what ops and runs throw.
class AtOnce {
 public:
  Var var(const Tensor& tensor);
  std::vector<Var> var(const std::vector<Tensor>& tensors);
  template <class T>
  const T& var(const T& other) const {
    return other;
  }
  Tensor run(Var result) { return run(std::vector<Var>{result})[0]; }
  std::vector<Tensor> run(const std::vector<Var>& results);

 private:
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  std::vector<Tensor> inputs_;
};

template <class T>
concept TensorArgument = std::same_as<std::remove_cvref_t<T>, Tensor>;

/// `function` of Tensors and whatever else it takes of Vars.
#define REEL_AT_ONCE(function)                                                                         \
  template <class... Args>                                                                             \
  requires((TensorArgument<Args> || ...) &&                                                            \
           requires(AtOnce once, const Args&... args) { once.run(function(once.var(args)...)); }) auto \
  function(const Args&... args) {                                                                      \
    AtOnce once;                                                                                       \
    return once.run(function(once.var(args)...));                                                      \
  }

REEL_AT_ONCE(add)
REEL_AT_ONCE(subtract)
REEL_AT_ONCE(multiply)
REEL_AT_ONCE(divide)
REEL_AT_ONCE(maximum)
REEL_AT_ONCE(minimum)
REEL_AT_ONCE(negative)
REEL_AT_ONCE(abs)
REEL_AT_ONCE(sign)
REEL_AT_ONCE(square)
REEL_AT_ONCE(sqrt)
REEL_AT_ONCE(pow)
REEL_AT_ONCE(exp)
REEL_AT_ONCE(expm1)
REEL_AT_ONCE(exp2)
REEL_AT_ONCE(log)
REEL_AT_ONCE(log1p)
REEL_AT_ONCE(log2)
REEL_AT_ONCE(log10)
REEL_AT_ONCE(rsqrt)
REEL_AT_ONCE(reciprocal)
REEL_AT_ONCE(sin)
REEL_AT_ONCE(cos)
REEL_AT_ONCE(tan)
REEL_AT_ONCE(asin)
REEL_AT_ONCE(acos)
REEL_AT_ONCE(atan)
REEL_AT_ONCE(atan2)
REEL_AT_ONCE(sinh)
REEL_AT_ONCE(cosh)
REEL_AT_ONCE(tanh)
REEL_AT_ONCE(erf)
REEL_AT_ONCE(erfc)
REEL_AT_ONCE(sigmoid)
REEL_AT_ONCE(softplus)
REEL_AT_ONCE(relu)
REEL_AT_ONCE(clip)
REEL_AT_ONCE(round)
REEL_AT_ONCE(floor)
REEL_AT_ONCE(ceil)
REEL_AT_ONCE(trunc)
REEL_AT_ONCE(mod)
REEL_AT_ONCE(floor_divide)
REEL_AT_ONCE(greater)
REEL_AT_ONCE(greater_equal)
REEL_AT_ONCE(less)
REEL_AT_ONCE(less_equal)
REEL_AT_ONCE(equal)
REEL_AT_ONCE(not_equal)
REEL_AT_ONCE(isnan)
REEL_AT_ONCE(isinf)
REEL_AT_ONCE(isfinite)
REEL_AT_ONCE(logical_and)
REEL_AT_ONCE(logical_or)
REEL_AT_ONCE(logical_xor)
REEL_AT_ONCE(logical_not)
REEL_AT_ONCE(where)
REEL_AT_ONCE(matmul)
REEL_AT_ONCE(einsum)
REEL_AT_ONCE(transpose)
REEL_AT_ONCE(swapaxes)
REEL_AT_ONCE(moveaxis)
REEL_AT_ONCE(expand_dims)
REEL_AT_ONCE(squeeze)
REEL_AT_ONCE(pad)
REEL_AT_ONCE(repeat)
REEL_AT_ONCE(tile)
REEL_AT_ONCE(flip)
REEL_AT_ONCE(roll)
REEL_AT_ONCE(diff)
REEL_AT_ONCE(take_along_axis)
REEL_AT_ONCE(reduce_sum)
REEL_AT_ONCE(reduce_max)
REEL_AT_ONCE(reduce_min)
REEL_AT_ONCE(reduce_mean)
REEL_AT_ONCE(sum_rows)
REEL_AT_ONCE(sum)
REEL_AT_ONCE(mean)
REEL_AT_ONCE(max)
REEL_AT_ONCE(min)
REEL_AT_ONCE(prod)
REEL_AT_ONCE(var)
REEL_AT_ONCE(stddev)
REEL_AT_ONCE(logsumexp)
REEL_AT_ONCE(norm)
REEL_AT_ONCE(any)
REEL_AT_ONCE(all)
REEL_AT_ONCE(argmax)
REEL_AT_ONCE(argmin)
REEL_AT_ONCE(cumsum)
REEL_AT_ONCE(cumprod)
REEL_AT_ONCE(sort)
REEL_AT_ONCE(argsort)
REEL_AT_ONCE(gather)
REEL_AT_ONCE(one_hot)
REEL_AT_ONCE(slice)
REEL_AT_ONCE(select)
REEL_AT_ONCE(split)
REEL_AT_ONCE(broadcast_to)

#undef REEL_AT_ONCE

// With axes in braces, which templates do not take.
#define REEL_AT_ONCE_OVER_AXES(function)                                                            \
  inline Tensor function(const Tensor& x, std::initializer_list<int> axes, bool keepdims = false) { \
    return function(x, Axes(axes), keepdims);                                                       \
  }
REEL_AT_ONCE_OVER_AXES(sum)
REEL_AT_ONCE_OVER_AXES(mean)
REEL_AT_ONCE_OVER_AXES(max)
REEL_AT_ONCE_OVER_AXES(min)
REEL_AT_ONCE_OVER_AXES(prod)
REEL_AT_ONCE_OVER_AXES(var)
REEL_AT_ONCE_OVER_AXES(stddev)
REEL_AT_ONCE_OVER_AXES(logsumexp)
#undef REEL_AT_ONCE_OVER_AXES
Tensor transpose(const Tensor& x, std::initializer_list<int> axes);
Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands);
/// The k largest along the last axis, and where they stand.
std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k);
Tensor concatenate(const std::vector<Tensor>& tensors, int axis = -1);
inline Tensor concatenate(std::initializer_list<Tensor> tensors, int axis = -1) {
  return concatenate(std::vector<Tensor>(tensors), axis);
}
Tensor stack(const std::vector<Tensor>& tensors);
inline Tensor stack(std::initializer_list<Tensor> tensors) { return stack(std::vector<Tensor>(tensors)); }

#define REEL_AT_ONCE_OPERATOR(op)                                                   \
  template <class A, class B>                                                       \
  requires((TensorArgument<A> && (TensorArgument<B> || std::is_arithmetic_v<B>)) || \
           (std::is_arithmetic_v<A> && TensorArgument<B>)) Tensor                   \
  operator op(const A& a, const B& b) {                                             \
    AtOnce once;                                                                    \
    return once.run(once.var(a) op once.var(b));                                    \
  }

REEL_AT_ONCE_OPERATOR(+)
REEL_AT_ONCE_OPERATOR(-)
REEL_AT_ONCE_OPERATOR(*)
REEL_AT_ONCE_OPERATOR(/)
REEL_AT_ONCE_OPERATOR(%)
REEL_AT_ONCE_OPERATOR(>)
REEL_AT_ONCE_OPERATOR(>=)
REEL_AT_ONCE_OPERATOR(<)
REEL_AT_ONCE_OPERATOR(<=)

#undef REEL_AT_ONCE_OPERATOR

inline Tensor operator-(const Tensor& x) { return negative(x); }
// `a` becomes the result, another tensor; what shares memory with `a` stays as it is.
template <class B>
requires(TensorArgument<B> || std::is_arithmetic_v<B>) Tensor& operator+=(Tensor& a, const B& b) { return a = a + b; }
template <class B>
requires(TensorArgument<B> || std::is_arithmetic_v<B>) Tensor& operator-=(Tensor& a, const B& b) { return a = a - b; }
template <class B>
requires(TensorArgument<B> || std::is_arithmetic_v<B>) Tensor& operator*=(Tensor& a, const B& b) { return a = a * b; }
template <class B>
requires(TensorArgument<B> || std::is_arithmetic_v<B>) Tensor& operator/=(Tensor& a, const B& b) { return a = a / b; }

}  // namespace reel
