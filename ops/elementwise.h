// Elementwise ops: the part that does not depend on the SIMD target. The kernel of each stands with its definition.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <utility>

#include "reel/ops/ops.h"

namespace reel {

/// What broadcasting the shapes together gives (NumPy's rule; symbolic rows go with rows or extent 1). Throws
/// ShapeError.
Shape broadcast_shapes(std::string_view op, std::span<const Type> inputs);

/// Throws ValueError, which begins with `op`, for a number that is to stand beside i32 and that i32 does not hold.
void check_number(std::string_view op, double value, DType dtype);
/// The number as a constant of x's type. Throws ValueError likewise.
Var number_beside(std::string_view op, Var x, double value);

/// What an op makes of i32: a kernel that compares gives f32, one that computes i32.
enum class Integers : uint8_t { refused, compared, computed };

/// Numbers that an op carries, such as a slope; handed to the kernel.
using Parameters = std::vector<double>;
using ElementwiseKernel = void (*)(const Block& block, const double* parameters);

/// An op whose output element depends on the elements at the same place; `dispatch` returns the kernel for the
/// machine's SIMD target.
class ElementwiseBase : public Op {
 public:
  ElementwiseBase(ElementwiseKernel (*dispatch)(), Parameters parameters)
      : dispatch_(dispatch), parameters_(std::move(parameters)) {}

  std::string attributes() const override;
  Type infer(std::span<const Type> inputs) const override;
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override;
  void run(const Block& block) const override { dispatch_()(block, parameters_.data()); }
  double flops_per_row(std::span<const Type>, const Type& output) const override {
    return double(output.shape.row_size());
  }
  const Parameters& parameters() const { return parameters_; }

 protected:
  /// Throws Error: the definition says nothing of a gradient.
  [[noreturn]] void refuse_gradient() const;
  virtual Integers integers() const = 0;
  /// How many vectors the kernel takes.
  virtual size_t arity() const = 0;

 private:
  ElementwiseKernel (*dispatch_)();
  Parameters parameters_;
};

/// Whether the definition says that its gradient is finite wherever its inputs are.
template <class Definition>
concept HasFiniteGradient = requires {
  Definition::finite_gradient;
};

/// Whether the definition says that its output is the sum of its inputs.
template <class Definition>
concept IsSum = requires {
  Definition::is_sum;
};

/// Whether the definition says that it compares. Then its kernel gives 1 or 0 of floats, and takes i32 as well, of
/// which it gives these as the bits of floats.
template <class Definition>
concept Compares = requires {
  Definition::compares;
};

/// Whether the definition says that its kernel takes i32 as well, of which it gives i32. Sums and products wrap around,
/// as in NumPy.
template <class Definition>
concept ComputesIntegers = requires {
  Definition::computes_integers;
};

template <class Definition>
concept HasName = requires {
  { Definition::name } -> std::convertible_to<std::string_view>;
};

// What a definition's `gradient` may be, called with inputs, output y and the output's adjoint dy:
/// Var gradient(Var x, Var y, Var dy), of one input;
template <class Definition>
concept UnaryGradient = requires(Var v) {
  { Definition::gradient(v, v, v) } -> std::same_as<Var>;
};
/// std::pair<Var, Var> gradient(Var a, Var b, Var y, Var dy), of two;
template <class Definition>
concept BinaryGradient = requires(Var v) {
  { Definition::gradient(v, v, v, v) } -> std::same_as<std::pair<Var, Var>>;
};
/// std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy, const Parameters& parameters), of any number;
template <class Definition>
concept GeneralGradient = requires(std::span<const Var> x, Var v, const Parameters& parameters) {
  { Definition::gradient(x, v, v, parameters) } -> std::same_as<std::vector<Var>>;
};
/// or missing, where the op cannot be differentiated, or says that it is `piecewise_constant`: then no adjoint flows to
/// its inputs. A second `gradient` shows whether there is one, whatever it takes: it makes the name ambiguous.
struct AnotherGradient {
  int gradient;
};
template <class Definition>
struct WithAnotherGradient : Definition, AnotherGradient {};
template <class Definition>
concept NoGradient = requires {
  &WithAnotherGradient<Definition>::gradient;
};

template <class Definition>
concept PiecewiseConstant = requires {
  Definition::piecewise_constant;
};

template <class Definition, int kInputs>
concept GradientFits = (kInputs == 1 && UnaryGradient<Definition>) || (kInputs == 2 && BinaryGradient<Definition>) ||
                       GeneralGradient<Definition> || NoGradient<Definition>;

/// The op of a `Definition` that gives `name`, `kernel`, which takes kInputs vectors, and `gradient` (see
/// ops/elementwise-inl.h). Like the kernel, it belongs to the library or program that defines it, and is not exported.
template <class Definition, int kInputs>
class [[gnu::visibility("hidden")]] Elementwise final : public ElementwiseBase {
 public:
  using ElementwiseBase::ElementwiseBase;
  std::string_view name() const override { return Definition::name; }
  Traits traits() const override {
    return {.elementwise = true,
            .sum = IsSum<Definition>,
            .strided = true,
            .finite_gradient = HasFiniteGradient<Definition>};
  }

  /// Adjoints as the definition gives them, summed over the axes along which an input was broadcast.
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    std::vector<Var> adjoints = call_gradient(x, y, dy);
    for (size_t i = 0; i < std::min(adjoints.size(), x.size()); ++i) {
      if (adjoints[i]) adjoints[i] = sum_to(adjoints[i], x[i].shape());
    }
    return adjoints;
  }

 protected:
  Integers integers() const override {
    if (Compares<Definition>) return Integers::compared;
    return ComputesIntegers<Definition> ? Integers::computed : Integers::refused;
  }
  size_t arity() const override { return kInputs; }

 private:
  std::vector<Var> call_gradient(std::span<const Var> x, Var y, Var dy) const {
    if constexpr (kInputs == 1 && UnaryGradient<Definition>) {
      return {Definition::gradient(x[0], y, dy)};
    } else if constexpr (kInputs == 2 && BinaryGradient<Definition>) {
      const std::pair<Var, Var> adjoints = Definition::gradient(x[0], x[1], y, dy);
      return {adjoints.first, adjoints.second};
    } else if constexpr (GeneralGradient<Definition>) {
      return Definition::gradient(x, y, dy, parameters());
    } else if constexpr (PiecewiseConstant<Definition>) {
      return std::vector<Var>(x.size());
    } else {
      refuse_gradient();
    }
  }
};

/// The op of a definition; null for one that lacks something, of which REEL_ELEMENTWISE_OP tells.
template <class Definition, int kInputs>
OpPtr make_elementwise(ElementwiseKernel (*dispatch)(), Parameters parameters) {
  if constexpr (HasName<Definition> && kInputs > 0 && GradientFits<Definition, kInputs>) {
    return std::make_shared<Elementwise<Definition, kInputs>>(dispatch, std::move(parameters));
  } else {
    return nullptr;
  }
}

}  // namespace reel
