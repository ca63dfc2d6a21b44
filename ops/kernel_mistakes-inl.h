// What is easily mistyped in a kernel, told in one error that says the way: `x + 1.0f`, `hn::Abs(parameters[0])`,
// `hn::Exp(x)`. Without these overloads of Highway's functions a compiler lists all of Highway's, for each target and
// each type of elements. They are chosen where nothing else fits: those that end in parameter packs are less special
// than any other template, and the constraints hold for no call that Highway takes. Include after
// hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#ifndef REEL_OPS_KERNEL_MISTAKES_ONCE
#define REEL_OPS_KERNEL_MISTAKES_ONCE
#include <concepts>
#include <type_traits>

/// Each is an error where it is made first, and not again for other targets and types of elements.
namespace reel::mistakes {
template <class>
inline constexpr bool kNever = false;

template <class Number>
struct NumberForVector {
  static_assert(kNever<Number>, "a number, where kernels compute with vectors: hn::Set(d, number) makes one of it");
};
template <class Once>
struct VectorsOfTwoTypes {
  static_assert(kNever<Once>, "vectors of two types: kernels run on float and on double, so make vectors with their d");
};
template <class Once>
struct MaskForVector {
  static_assert(kNever<Once>, "a mask, where a vector is needed: hn::IfThenElse(mask, yes, no) makes one of it");
};
template <class Once>
struct VectorForMask {
  static_assert(kNever<Once>, "hn::IfThenElse(mask, yes, no) takes a mask first, as hn::Gt(x, y) makes one");
};
template <class Once>
struct MissingTag {
  static_assert(kNever<Once>, "d comes first: hn::Set(d, number), hn::Zero(d), hn::LoadU(d, pointer), hn::Exp(d, x)");
};
template <class Once>
struct UnaryMinus {
  static_assert(kNever<Once>, "vectors have no unary minus: hn::Neg(x)");
};

/// void, whatever T is, but known to be so only where T is known.
template <class T>
using Once = std::conditional_t<kNever<T>, T, void>;

template <class T>
concept IsNumber = std::is_arithmetic_v<T>;
}  // namespace reel::mistakes
#endif  // REEL_OPS_KERNEL_MISTAKES_ONCE

#if defined(REEL_OPS_KERNEL_MISTAKES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_KERNEL_MISTAKES_INL
#undef REEL_OPS_KERNEL_MISTAKES_INL
#else
#define REEL_OPS_KERNEL_MISTAKES_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace hwy {
namespace HWY_NAMESPACE {
namespace mistakes {
using namespace ::reel::mistakes;

template <class V>
concept IsVector = requires {
  typename DFromV<V>;
};

/// What a mistaken call gives if none of its arguments is a vector: anything, so that no second error follows.
struct Anything {
  template <class T>
  HWY_INLINE operator T() const {
    return T();
  }
};

/// The first vector among the arguments, and its mask.
template <class... A>
struct Among {
  using Vector = Anything;
  using Mask = Anything;
};
template <class A, class... B>
struct Among<A, B...> : Among<B...> {};
template <IsVector A, class... B>
struct Among<A, B...> {
  using Vector = A;
  using Mask = hwy::HWY_NAMESPACE::Mask<DFromV<A>>;
};
template <class... A>
using VectorOf = typename Among<A...>::Vector;
template <class... A>
using MaskOf = typename Among<A...>::Mask;

template <class A, class Mask>
concept IsOperand = IsNumber<A> || IsVector<A> || std::same_as<A, Anything> || std::same_as<A, Mask>;

/// Vectors, numbers and masks, but not vectors of one type.
template <class A, class... B>
concept Mixed = !(IsVector<A> && (std::same_as<A, B> && ...)) && IsOperand<A, MaskOf<A, B...>> &&
                (IsOperand<B, MaskOf<A, B...>> && ...);

/// What is wrong with an argument A of a call of which V is the first vector.
template <class V, class A>
struct MistakeOf {
  using type = MaskForVector<Once<A>>;
};
template <class V, IsNumber A>
struct MistakeOf<V, A> {
  using type = NumberForVector<A>;
};
template <class V, IsVector A>
struct MistakeOf<V, A> {
  using type = VectorsOfTwoTypes<Once<A>>;
};
template <class V>
struct MistakeOf<V, Anything> {
  using type = void;  // has been told
};
template <IsVector V>
struct MistakeOf<V, V> {
  using type = void;
};

template <class... A>
inline constexpr bool kNumberFirst = false;
template <class A, class... B>
inline constexpr bool kNumberFirst<A, B...> = IsNumber<A>;

}  // namespace mistakes

// --- what takes vectors of one type ---

#define REEL_MISTAKEN(function, Result)                                                      \
  template <class A, class... B>                                                             \
  requires mistakes::Mixed<A, B...> HWY_INLINE mistakes::Result<A, B...> function(A, B...) { \
    using V = mistakes::VectorOf<A, B...>;                                                   \
    static_cast<void>(typename mistakes::MistakeOf<V, A>::type());                           \
    (static_cast<void>(typename mistakes::MistakeOf<V, B>::type()), ...);                    \
    return mistakes::Result<A, B...>();                                                      \
  }
#define REEL_GIVES_VECTOR(function) REEL_MISTAKEN(function, VectorOf)
#define REEL_GIVES_MASK(function) REEL_MISTAKEN(function, MaskOf)
#define REEL_EACH(REEL_ONE, a, b, c, d, e, f) REEL_ONE(a) REEL_ONE(b) REEL_ONE(c) REEL_ONE(d) REEL_ONE(e) REEL_ONE(f)

REEL_EACH(REEL_GIVES_VECTOR, Abs, Neg, Sqrt, Floor, Ceil, Round)
REEL_EACH(REEL_GIVES_VECTOR, Trunc, Not, ApproximateReciprocal, ApproximateReciprocalSqrt, ZeroIfNegative, CopySign)
REEL_EACH(REEL_GIVES_VECTOR, Add, Sub, Mul, Div, Min, Max)
REEL_EACH(REEL_GIVES_VECTOR, MulAdd, NegMulAdd, MulSub, NegMulSub, Clamp, AndNot)
REEL_EACH(REEL_GIVES_VECTOR, And, Or, Xor, operator&, operator|, operator^)
REEL_EACH(REEL_GIVES_MASK, Eq, Ne, Lt, Le, Gt, Ge)
REEL_EACH(REEL_GIVES_MASK, operator==, operator!=, operator<, operator<=, operator>, operator>=)
REEL_GIVES_VECTOR(operator+)
REEL_GIVES_VECTOR(operator-)
REEL_GIVES_VECTOR(operator*)
REEL_GIVES_VECTOR(operator/)
#undef REEL_GIVES_MASK
#undef REEL_GIVES_VECTOR
#undef REEL_MISTAKEN

#define REEL_ASSIGNS(op)                                                    \
  template <mistakes::IsVector V, class... B>                               \
  requires mistakes::Mixed<V, B...> HWY_INLINE V& operator op(V& x, B...) { \
    (static_cast<void>(typename mistakes::MistakeOf<V, B>::type()), ...);   \
    return x;                                                               \
  }
REEL_ASSIGNS(+=)
REEL_ASSIGNS(-=)
REEL_ASSIGNS(*=)
REEL_ASSIGNS(/=)
#undef REEL_ASSIGNS

/// -x
template <mistakes::IsVector V, class... None>
requires(sizeof...(None) == 0) HWY_INLINE V operator-(V x, None...) {
  mistakes::UnaryMinus<mistakes::Once<V>>();
  return x;
}

/// Vectors of which nothing can be chosen, or chosen by what is no mask.
template <class M, class A, class... B>
requires(mistakes::Mixed<A, B...> || mistakes::IsNumber<M> ||
         mistakes::IsVector<M>) HWY_INLINE mistakes::VectorOf<A, B...> IfThenElse(M, A, B...) {
  using V = mistakes::VectorOf<A, B...>;
  if constexpr (mistakes::IsNumber<M> || mistakes::IsVector<M>) mistakes::VectorForMask<mistakes::Once<M>>();
  static_cast<void>(typename mistakes::MistakeOf<V, A>::type());
  (static_cast<void>(typename mistakes::MistakeOf<V, B>::type()), ...);
  return V();
}

// --- what takes d first ---

#define REEL_WITHOUT_TAG(function, condition)                              \
  template <class... A>                                                    \
  requires(condition) HWY_INLINE mistakes::VectorOf<A...> function(A...) { \
    mistakes::MissingTag<mistakes::Once<void(A...)>>();                    \
    return mistakes::VectorOf<A...>();                                     \
  }
REEL_WITHOUT_TAG(Zero, sizeof...(A) == 0)
REEL_WITHOUT_TAG(Set, mistakes::kNumberFirst<A...>)
REEL_WITHOUT_TAG(Load, sizeof...(A) == 1 && (std::is_pointer_v<A> && ...))
REEL_WITHOUT_TAG(LoadU, sizeof...(A) == 1 && (std::is_pointer_v<A> && ...))

// Those of hwy/contrib/math: f(x), and f(d, number).
#define REEL_TRANSCENDENT(function)                                                                    \
  REEL_WITHOUT_TAG(function, sizeof...(A) == 1 && (mistakes::IsOperand<A, mistakes::Anything> && ...)) \
  template <class D, class Number>                                                                     \
  requires mistakes::IsNumber<Number> HWY_INLINE Vec<D> function(const D, Number) {                    \
    mistakes::NumberForVector<Number>();                                                               \
    return Vec<D>();                                                                                   \
  }
REEL_EACH(REEL_TRANSCENDENT, Exp, Expm1, Log, Log1p, Log2, Log10)
REEL_EACH(REEL_TRANSCENDENT, Sin, Cos, Tanh, Sinh, Asin, Acos)
REEL_TRANSCENDENT(Atan)
REEL_TRANSCENDENT(Asinh)
REEL_TRANSCENDENT(Acosh)
REEL_TRANSCENDENT(Atanh)
#undef REEL_TRANSCENDENT
#undef REEL_WITHOUT_TAG
#undef REEL_EACH

}  // namespace HWY_NAMESPACE
}  // namespace hwy
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
