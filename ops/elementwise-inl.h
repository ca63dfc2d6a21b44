// Elementwise kernels. A definition gives what one vector of elements becomes; this file makes of it a kernel that
// runs on blocks of rows, broadcasts, and is compiled for every SIMD target. Include after hwy/foreach_target.h.
//
//   struct Tanh {
//     static constexpr std::string_view name = "tanh";
//     static constexpr bool finite_gradient = true;  // if so: see Traits
//     template <class D, class V> static HWY_INLINE V kernel(D d, V x) { return hn::Tanh(d, x); }
//     static Var gradient(Var x, Var y, Var dy) { return dy * (1.0 - square(y)); }
//   };
//   REEL_KERNEL(Tanh)                    // inside HWY_NAMESPACE
//   ...
//   REEL_UNARY(tanh, Tanh)               // once, inside #if HWY_ONCE: defines Var tanh(Var)
//
// A kernel takes one, two or three vectors, and last the op's parameters as const double*, if it has any. What its
// gradient may look like stands in ops/elementwise.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include "reel/ops/fma-inl.h"
#include "reel/ops/kernel_mistakes-inl.h"

#ifndef REEL_OPS_ELEMENTWISE_ONCE
#define REEL_OPS_ELEMENTWISE_ONCE
#include <algorithm>
#include <array>
#include <concepts>

#include "reel/ops/elementwise.h"

namespace reel {

/// Strides, in elements, for walking a block of a broadcast operation: outer axes by an odometer, then one run of
/// `run` elements along which each operand either advances or stands still. Where rows of some operand lie apart, rows
/// are the outermost axis.
template <int kInputs>
struct Walk {
  int64_t run = 1;
  int outer_axes = 0;
  std::array<int64_t, Shape::kMaxRank> extent{};
  std::array<std::array<int64_t, kInputs>, Shape::kMaxRank> stride{};
  std::array<bool, kInputs> advances{};
  int64_t gap = 0;  ///< what the output leaves out between rows
};

template <int kInputs>
Walk<kInputs> plan_walk(const Block& block) {
  Walk<kInputs> walk;
  const Shape& out = block.type->shape;
  const int64_t element = static_cast<int64_t>(size_of(block.type->dtype));
  bool all_equal = true, apart = block.gap != 0;
  for (int i = 0; i < kInputs; ++i) {  // a program holds equal types once, so most often it is the same one
    all_equal &= block.inputs[i].type == block.type || block.inputs[i].type->shape == out;
    apart |= block.inputs[i].gap != 0;
  }
  if (all_equal && !apart) {
    walk.run = block.rows * out.row_size();
    walk.advances.fill(true);
    return walk;
  }
  // Innermost axes first: join an axis to the run while every operand goes on as it did.
  std::array<int64_t, kInputs> elements{};
  elements.fill(1);
  bool joining = true;
  for (int axis = out.rank() - 1; axis >= 0; --axis) {
    const int64_t extent = axis == 0 ? block.rows : out[axis];
    std::array<int64_t, kInputs> stride{};
    std::array<bool, kInputs> moves{};
    for (int i = 0; i < kInputs; ++i) {
      const Shape& in = block.inputs[i].type->shape;
      const int own = axis - (out.rank() - in.rank());
      moves[i] = own >= 0 && in[own] == out[axis] && out[axis] != 1;
      stride[i] = moves[i] ? elements[i] : 0;
      if (axis == 0 && moves[i]) stride[i] += block.inputs[i].gap / element;
      if (own >= 0 && in[own] == out[axis]) elements[i] *= extent;
    }
    if (extent == 1) continue;
    joining = joining && !(axis == 0 && apart);
    if (joining && (walk.run == 1 || moves == walk.advances)) {
      walk.advances = moves;
      walk.run *= extent;
    } else {
      joining = false;
      if (axis == 0) walk.gap = block.gap / element;
      walk.extent[walk.outer_axes] = extent;
      walk.stride[walk.outer_axes++] = stride;
    }
  }
  return walk;
}

}  // namespace reel
#endif  // REEL_OPS_ELEMENTWISE_ONCE

#if defined(REEL_OPS_ELEMENTWISE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_ELEMENTWISE_INL
#undef REEL_OPS_ELEMENTWISE_INL
#else
#define REEL_OPS_ELEMENTWISE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls the definition's kernel on as many vectors as it takes, with its parameters if it has any.
template <class Definition, class D, class V, size_t... I>
HWY_INLINE V call_kernel(D d, const V* x, const double* parameters, std::index_sequence<I...>) {
  if constexpr (requires { Definition::kernel(d, x[I]..., parameters); }) {
    return Definition::kernel(d, x[I]..., parameters);
  } else {
    return Definition::kernel(d, x[I]...);
  }
}

/// One run: y[i] = kernel(x0[i], x1[i], ...). An operand that stands still is read from a vector of copies. The last,
/// partial vector goes through a buffer, so that every element is computed by the same instructions.
template <class Definition, class T, int kInputs>
HWY_INLINE void run_elements(const std::array<const T*, kInputs>& x, const std::array<bool, kInputs>& advances, T* y,
                             int64_t count, const double* parameters) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kIndices = std::make_index_sequence<kInputs>();
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  V v[kInputs];
  int64_t i = 0;
  if (std::all_of(advances.begin(), advances.end(), [](bool moves) { return moves; })) {  // few instructions a vector
    HWY_UNROLL(4)
    for (; i + lanes <= count; i += lanes) {
      for (int k = 0; k < kInputs; ++k) v[k] = hn::LoadU(d, x[k] + i);
      hn::StoreU(call_kernel<Definition>(d, v, parameters, kIndices), d, y + i);
    }
    if (i == count) return;
  }
  HWY_ALIGN T still[kInputs][HWY_MAX_BYTES / sizeof(T)];
  const T* p[kInputs];
  int64_t step[kInputs];
  for (int k = 0; k < kInputs; ++k) {
    p[k] = x[k] + i;
    step[k] = lanes;
    if (!advances[k]) {
      hn::Store(hn::Set(d, x[k][0]), d, still[k]);
      p[k] = still[k];
      step[k] = 0;
    }
  }
  for (; i + lanes <= count; i += lanes) {
    for (int k = 0; k < kInputs; ++k) {
      v[k] = hn::LoadU(d, p[k]);
      p[k] += step[k];
    }
    hn::StoreU(call_kernel<Definition>(d, v, parameters, kIndices), d, y + i);
  }
  if (i == count) return;
  const size_t rest = static_cast<size_t>(count - i);
  HWY_ALIGN T tail[HWY_MAX_BYTES / sizeof(T)];
  for (int k = 0; k < kInputs; ++k) {
    hn::Store(hn::Set(d, T(1)), d, tail);
    for (size_t j = 0; j < rest; ++j) tail[j] = p[k][j];
    v[k] = hn::Load(d, tail);
  }
  hn::Store(call_kernel<Definition>(d, v, parameters, kIndices), d, tail);
  for (size_t j = 0; j < rest; ++j) y[i + static_cast<int64_t>(j)] = tail[j];
}

template <class Definition, class T, int kInputs>
void run_block(const Block& block, const double* parameters) {
  const Walk<kInputs> walk = plan_walk<kInputs>(block);
  std::array<const T*, kInputs> x;
  for (int i = 0; i < kInputs; ++i) x[i] = block.in<T>(i);
  T* y = block.out<T>();
  std::array<int64_t, Shape::kMaxRank> at{};
  for (;;) {
    run_elements<Definition, T, kInputs>(x, walk.advances, y, walk.run, parameters);
    y += walk.run;
    int axis = 0;
    for (; axis < walk.outer_axes; ++axis) {
      for (int i = 0; i < kInputs; ++i) x[i] += walk.stride[axis][i];
      if (++at[axis] < walk.extent[axis]) break;
      for (int i = 0; i < kInputs; ++i) x[i] -= walk.stride[axis][i] * walk.extent[axis];
      at[axis] = 0;
    }
    if (axis == walk.outer_axes) return;
    if (axis == walk.outer_axes - 1) y += walk.gap;
  }
}

/// Whether the definition's kernel takes as many vectors as there are indices, be it with parameters or without, and
/// makes one of them.
template <class Definition, class T, size_t... I>
constexpr bool kernel_takes(std::index_sequence<I...>) {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  return requires(D d, const V* x) {
    { Definition::kernel(d, x[I]...) } -> std::same_as<V>;
  }
  || requires(D d, const V* x, const double* parameters) {
    { Definition::kernel(d, x[I]..., parameters) } -> std::same_as<V>;
  };
}

/// How many vectors the definition's kernel takes; 0 for what is no kernel.
template <class Definition, class T>
constexpr int arity() {
  if constexpr (kernel_takes<Definition, T>(std::make_index_sequence<1>())) {
    return 1;
  } else if constexpr (kernel_takes<Definition, T>(std::make_index_sequence<2>())) {
    return 2;
  } else {
    return kernel_takes<Definition, T>(std::make_index_sequence<3>()) ? 3 : 0;
  }
}

/// Whether it takes vectors of float and of double, and as many.
template <class Definition>
constexpr bool has_kernel() {
  return arity<Definition, float>() != 0 && arity<Definition, float>() == arity<Definition, double>();
}

template <class Definition>
void run_kernel(const Block& block, const double* parameters) {
  if constexpr (Compares<Definition> || ComputesIntegers<Definition>) {
    if (block.inputs[0].type->dtype == DType::i32)
      return run_block<Definition, int32_t, arity<Definition, int32_t>()>(block, parameters);
  }
  if (block.type->dtype == DType::f64) {
    run_block<Definition, double, arity<Definition, double>()>(block, parameters);
  } else {
    run_block<Definition, float, arity<Definition, float>()>(block, parameters);
  }
}

/// Nothing for what is no kernel: REEL_ELEMENTWISE_OP tells of it once, not for every target.
template <class Definition>
void run_elementwise(const Block& block, const double* parameters) {
  if constexpr (!has_kernel<Definition>())
    return;
  else
    run_kernel<Definition>(block, parameters);
}

/// Never runs. A kernel named here first is instantiated from here, so that a mistake within is not told with all that
/// lies between a block of rows and one vector.
template <class Definition, class T>
HWY_INLINE void mention_kernel(const double* parameters) {
  if constexpr (has_kernel<Definition>()) {
    const hn::ScalableTag<T> d;
    const std::array<hn::Vec<decltype(d)>, 3> x{};
    call_kernel<Definition>(d, x.data(), parameters, std::make_index_sequence<arity<Definition, T>()>());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

/// Inside HWY_NAMESPACE, after the definition: its kernel for this target.
#ifndef REEL_KERNEL
#define REEL_KERNEL(Definition)                                                       \
  void Definition##_kernel(const ::reel::Block& block, const double* parameters) {    \
    if (false) ::reel::HWY_NAMESPACE::mention_kernel<Definition, double>(parameters); \
    if (false) ::reel::HWY_NAMESPACE::mention_kernel<Definition, float>(parameters);  \
    ::reel::HWY_NAMESPACE::run_elementwise<Definition>(block, parameters);            \
  }

/// What a definition lacks, in its own name.
#define REEL_REQUIRE_DEFINITION(Definition, kInputs)                                                          \
  static_assert(::reel::HasName<HWY_NAMESPACE::Definition>,                                                   \
                #Definition " needs a name: static constexpr std::string_view name = \"...\"");               \
  static_assert(::reel::HWY_NAMESPACE::has_kernel<HWY_NAMESPACE::Definition>(), #Definition                   \
                " needs a static kernel of vectors, of float and of double: template <class D, class "        \
                "V> static V kernel(D d, V x), or of two or three vectors, and with a last argument "         \
                "const double* if it has parameters");                                                        \
  static_assert(!::reel::HWY_NAMESPACE::has_kernel<HWY_NAMESPACE::Definition>() ||                            \
                    ::reel::GradientFits<HWY_NAMESPACE::Definition, kInputs>,                                 \
                #Definition                                                                                   \
                "'s gradient must be static and Var(Var x, Var y, Var dy) for a kernel of one vector, "       \
                "std::pair<Var, Var>(Var a, Var b, Var y, Var dy) for one of two, or "                        \
                "std::vector<Var>(std::span<const Var> x, Var y, Var dy, const Parameters& "                  \
                "parameters) for any");                                                                       \
  static_assert(                                                                                              \
      ::reel::NoGradient<HWY_NAMESPACE::Definition> || !::reel::PiecewiseConstant<HWY_NAMESPACE::Definition>, \
      #Definition " is piecewise_constant, so it has no gradient");

/// Once, in the namespace around HWY_NAMESPACE: makes the op of a definition, with optional parameters.
#define REEL_ELEMENTWISE_OP(Definition)                                                                          \
  HWY_EXPORT(Definition##_kernel);                                                                               \
  static ::reel::ElementwiseKernel Definition##_dispatch() { return HWY_DYNAMIC_DISPATCH(Definition##_kernel); } \
  static ::reel::OpPtr make_##Definition(::reel::Parameters parameters = {}) {                                   \
    constexpr int kInputs = ::reel::HWY_NAMESPACE::arity<HWY_NAMESPACE::Definition, float>();                    \
    REEL_REQUIRE_DEFINITION(Definition, kInputs)                                                                 \
    return ::reel::make_elementwise<HWY_NAMESPACE::Definition, kInputs>(&Definition##_dispatch,                  \
                                                                        std::move(parameters));                  \
  }

/// The op and a function of Vars that applies it.
#define REEL_UNARY(function, Definition) \
  REEL_ELEMENTWISE_OP(Definition)        \
  ::reel::Var function(::reel::Var x) { return ::reel::apply_op(make_##Definition(), std::array{x}); }
#define REEL_BINARY(function, Definition) \
  REEL_ELEMENTWISE_OP(Definition)         \
  ::reel::Var function(::reel::Var a, ::reel::Var b) { return ::reel::apply_op(make_##Definition(), std::array{a, b}); }
#endif  // REEL_KERNEL

#endif  // toggle guard
