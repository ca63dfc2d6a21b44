// Pairs of a batch's rows. Each row is compared with all of them, in double and in their order.
#include "reel/ops/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Below it e^x is nothing beside 1, and beyond plain_exp.
constexpr double kLeastExponent = -700;
double share(double x) { return x < kLeastExponent ? 0 : plain_exp(x); }

/// What a pair adds to, and how that changes with its distance.
struct PairTerm {
  double value, slope;
};

/// The rows of a block beside those of the whole batch: operands y by row, y, labels by row, labels.
template <class T>
class Pairs {
 public:
  Pairs(const Block& block, const CircleOptions& options)
      : options_(options),
        width_(block.inputs[0].type->shape.row_size()),
        own_(block.in<T>(0)),
        all_(block.in<T>(1)),
        own_labels_(block.in<T>(2)),
        all_labels_(block.in<T>(3)),
        first_(block.first_row),
        count_(block.inputs[1].type->shape.has_rows() ? block.batch_rows : block.inputs[1].type->shape[0]) {}

  int64_t count() const { return count_; }
  int64_t width() const { return width_; }
  const T* row(int64_t other) const { return all_ + other * width_; }

  /// 0 for a pair of one label, 1 for one of two, -1 for none.
  int kind(int64_t i, int64_t other) const {
    if (own_labels_[i] != all_labels_[other]) return 1;
    return options_.remove_diagonal && first_ + i == other ? -1 : 0;
  }

  double similarity(int64_t i, int64_t other) const {
    double dot = 0;
    for (int64_t k = 0; k < width_; ++k) dot += double{own_[i * width_ + k]} * double{row(other)[k]};
    return dot;
  }

  PairTerm term(int kind, double similarity) const {
    const double gamma = options_.gamma, m = options_.margin, d = std::max(1 - similarity, 0.0);
    const double falls = similarity < 1 ? 1 : similarity > 1 ? 0 : 0.5;
    if (kind == 0) return {gamma * (d * d - m * m), -falls * gamma * 2 * d};
    if (d > 1 + m) return {0, 0};
    return {gamma * (1 + m - d) * (1 - m - d), falls * gamma * 2 * (1 - d)};
  }

 private:
  const CircleOptions& options_;
  int64_t width_;
  const T *own_, *all_, *own_labels_, *all_labels_;
  int64_t first_, count_;
};

class OfPairs : public Op {
 public:
  explicit OfPairs(CircleOptions options) : options_(options) {}
  std::string attributes() const override {
    return fmt::format("gamma={}, margin={}, remove_diagonal={}", options_.gamma, options_.margin,
                       options_.remove_diagonal);
  }
  Traits traits() const override { return {.positional = true}; }
  bool by_row(size_t input, std::span<const Type>, const Type&) const override { return input % 2 == 0; }
  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return 2.0 * static_cast<double>(inputs[0].shape.row_size());
  }
  void run(const Block& block) const override {
    block.inputs[0].type->dtype == DType::f64 ? run_typed(block, double{}) : run_typed(block, float{});
  }

 protected:
  virtual void run_typed(const Block& block, float) const = 0;
  virtual void run_typed(const Block& block, double) const = 0;

  CircleOptions options_;
};

/// From y and labels, what has come of them, and its adjoint, each by row and whole, to the adjoint of y.
class CircleGradient final : public OfPairs {
 public:
  using OfPairs::OfPairs;
  std::string_view name() const override { return "circle_gradient"; }
  Type infer(std::span<const Type> inputs) const override {
    const Type of_terms{DType::f64, {inputs[0].shape[0], 2}};
    if (inputs[4] == of_terms && inputs[6] == of_terms) return inputs[0];
    throw ShapeError(fmt::format("circle_gradient: needs terms {} and their adjoints, got {} and {}", of_terms.str(),
                                 inputs[4].str(), inputs[6].str()));
  }

 private:
  void run_typed(const Block& block, float) const override { run_of<float>(block); }
  void run_typed(const Block& block, double) const override { run_of<double>(block); }

  /// Each pair moves the terms of both of its rows.
  template <class T>
  void run_of(const Block& block) const {
    const Pairs<T> pairs(block, options_);
    const auto *own = block.in<double>(4), *all = block.in<double>(5), *own_adjoint = block.in<double>(6),
               *adjoint = block.in<double>(7);
    std::vector<double> sum(static_cast<size_t>(pairs.width()));
    for (int64_t i = 0; i < block.rows; ++i) {
      std::ranges::fill(sum, 0);
      for (int64_t other = 0; other < pairs.count(); ++other) {
        const int kind = pairs.kind(i, other);
        if (kind < 0) continue;
        const PairTerm term = pairs.term(kind, pairs.similarity(i, other));
        const auto moved = [&](const double* terms, const double* adjoints, int64_t row) {
          return adjoints[2 * row + kind] * share(term.value - terms[2 * row + kind]);
        };
        const double slope = term.slope * (moved(own, own_adjoint, i) + moved(all, adjoint, other));
        for (int64_t k = 0; k < pairs.width(); ++k) sum[static_cast<size_t>(k)] += slope * double{pairs.row(other)[k]};
      }
      std::ranges::transform(sum, block.out<T>() + i * pairs.width(), [](double x) { return static_cast<T>(x); });
    }
  }
};

/// terms = log of sums over partners; d = CircleGradient
class CircleTerms final : public OfPairs {
 public:
  using OfPairs::OfPairs;
  std::string_view name() const override { return "circle_terms"; }
  Type infer(std::span<const Type> inputs) const override {
    const Shape &y = inputs[0].shape, &labels = inputs[2].shape;
    if (y.rank() == 2 && labels.rank() == 1 && y[0] == labels[0] && inputs[0].dtype != DType::i32) {
      return {DType::f64, {y[0], 2}};
    }
    throw ShapeError(fmt::format("circle_terms: needs floats [rows, n] and labels [rows], got {} and {}",
                                 inputs[0].str(), inputs[2].str()));
  }
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    return {circle_gradient(x[0], x[2], y, dy, options_), Var{}, Var{}, Var{}};
  }

 private:
  void run_typed(const Block& block, float) const override { run_of<float>(block); }
  void run_typed(const Block& block, double) const override { run_of<double>(block); }

  template <class T>
  void run_of(const Block& block) const {
    constexpr double kNothing = -std::numeric_limits<double>::infinity();
    const Pairs<T> pairs(block, options_);
    std::vector<double> values(static_cast<size_t>(pairs.count()));
    for (int64_t i = 0; i < block.rows; ++i) {
      std::array<double, 2> largest{kNothing, kNothing}, sums{0, 0};
      for (int64_t other = 0; other < pairs.count(); ++other) {
        const int kind = pairs.kind(i, other);
        if (kind < 0) continue;
        const double value = pairs.term(kind, pairs.similarity(i, other)).value;
        values[static_cast<size_t>(other)] = value;
        double& most = largest[static_cast<size_t>(kind)];
        most = std::max(most, value);
      }
      for (int64_t other = 0; other < pairs.count(); ++other) {
        const int kind = pairs.kind(i, other);
        if (kind < 0) continue;
        const auto at = static_cast<size_t>(kind);
        sums[at] += share(values[static_cast<size_t>(other)] - largest[at]);
      }
      for (size_t kind = 0; kind < 2; ++kind) {
        block.out<double>()[2 * i + static_cast<int64_t>(kind)] =
            sums[kind] > 0 ? largest[kind] + plain_log(sums[kind]) : kNothing;
      }
    }
  }
};

}  // namespace

Var circle_gradient(Var y, Var labels, Var terms, Var d_terms, const CircleOptions& options) {
  const Var of = cast(labels, y.dtype());
  return apply_op(std::make_shared<CircleGradient>(options), std::array{y, y, of, of, terms, terms, d_terms, d_terms});
}

Var circle_terms(Var y, Var labels, const CircleOptions& options) {
  const Var of = cast(labels, y.dtype());
  return apply_op(std::make_shared<CircleTerms>(options), std::array{y, y, of, of});
}

}  // namespace reel
