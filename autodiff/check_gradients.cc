#include "reel/autodiff/check_gradients.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reel/ops/ops.h"

namespace reel {
namespace {

/// A check that compares nothing would pass.
void check_options(const GradientCheckOptions& options) {
  if (options.order != 1 && options.order != 2) {
    throw ValueError(fmt::format("check_gradients: order must be 1 or 2, got {}", options.order));
  }
  if (options.directions < 1) {
    throw ValueError(fmt::format("check_gradients: needs at least one direction, got {}", options.directions));
  }
}

class Checker {
 public:
  Checker(const CheckedFunction& f, const std::vector<Tensor>& at, const GradientCheckOptions& options)
      : options_(options) {
    check_options(options);
    std::vector<Var> arguments;
    for (size_t i = 0; i < at.size(); ++i) {
      if (at[i].dtype() == DType::i32) {
        arguments.push_back(tape_.constant(at[i].clone()));
        continue;
      }
      index_.push_back(static_cast<int>(i));
      x_.push_back(at[i].cast(DType::f64));
      u_.push_back(direction(at[i].shape()));
      xs_.push_back(tape_.parameter(x_.back(), fmt::format("argument {}", i)));
      arguments.push_back(xs_.back());
    }
    if (xs_.empty()) throw ShapeError("check_gradients: needs an argument of a float type");
    const Var y = f(tape_, arguments);
    if (!y || y.dtype() != DType::f64 || y.shape().has_rows()) {
      throw ShapeError(fmt::format("check_gradients: f must return f64 of a known shape, got {}",
                                   y ? y.type().str() : "an empty Var"));
    }
    record(y);
  }

  GradientCheck run() {
    GradientCheck worst;
    for (int order = 1; order <= options_.order; ++order) {
      const std::vector<Tensor> gradient = order == 1 ? first_.run() : second_.run();
      for (size_t i = 0; i < xs_.size(); ++i) {
        for (int n = 0; n < options_.directions; ++n) {
          const GradientCheck found = compare(order, i, gradient[i]);
          if (!found.passed) return found;
          if (worst.argument < 0 || found.relative_error > worst.relative_error) worst = found;
        }
      }
    }
    return worst;
  }

 private:
  Tensor direction(const Shape& shape) { return Tensor::uniform(shape, -1, 1, options_.seed + seeds_++, DType::f64); }

  void record(Var y) {
    const Var terms = y * tape_.constant(direction(y.shape()));
    const Var s = sum(terms);
    // How large the terms are tells how much of a difference may be rounding.
    Targets values{.outputs = {s, sum(abs(terms))}};
    const std::vector<Var> gradient = tape_.gradient(s, xs_);
    first_ = tape_.compile(gradient);
    if (options_.order > 1) {
      std::vector<Var> products, sizes;
      for (size_t i = 0; i < xs_.size(); ++i) {
        products.push_back(sum(gradient[i] * tape_.constant(u_[i])));
        sizes.push_back(sum(abs(gradient[i] * tape_.constant(u_[i]))));
      }
      values.outputs.push_back(add_n(products));
      values.outputs.push_back(add_n(sizes));
      second_ = tape_.compile(tape_.gradient(values.outputs[2], xs_));
    }
    values_ = tape_.compile(std::move(values));
  }

  /// The scalar of an order, s or D, and the sum of the absolute values of its terms, at x_i + distance v.
  std::pair<double, double> value_at(int order, size_t i, const Tensor& v, double distance) {
    const Tensor kept = x_[i].clone();
    const auto x = x_[i].data<double>();
    for (size_t k = 0; k < x.size(); ++k) x[k] += distance * v.data<double>()[k];
    const std::vector<Tensor> values = values_.run();
    x_[i].assign(kept);
    const size_t at = order == 1 ? 0 : 2;
    return {values[at].item(), values[at + 1].item()};
  }

  GradientCheck compare(int order, size_t i, const Tensor& gradient) {
    const Tensor v = direction(x_[i].shape());
    GradientCheck check;
    check.argument = index_[i];
    check.order = order;
    double size = 0;
    for (int64_t k = 0; k < v.size(); ++k) {
      check.analytic += gradient.at(k) * v.at(k);
      size += std::abs(gradient.at(k) * v.at(k));
    }
    const double h = options_.step;
    const auto [above, scale] = value_at(order, i, v, h);
    check.numeric = (8 * (above - value_at(order, i, v, -h).first) -
                     (value_at(order, i, v, 2 * h).first - value_at(order, i, v, -2 * h).first)) /
                    (12 * h);
    const double rounding = 16 * std::numeric_limits<double>::epsilon() * scale / h;
    const double error = std::abs(check.analytic - check.numeric), reference = std::max(size, std::abs(check.numeric));
    check.relative_error = error == 0 ? 0 : error / reference;
    check.passed = std::isfinite(error) && error <= options_.tolerance * reference + rounding;
    check.message =
        fmt::format("gradient of argument {} {}, order {}: analytic {:.10g}, numeric {:.10g}, relative error {:.3g}",
                    check.argument, xs_[i].type().str(), order, check.analytic, check.numeric, check.relative_error);
    return check;
  }

  GradientCheckOptions options_;
  uint64_t seeds_ = 0;
  Tape tape_;
  std::vector<int> index_;     // of each float argument, among all
  std::vector<Tensor> x_, u_;  // point and fixed directions; x_ are the parameters' buffers
  std::vector<Var> xs_;
  Program values_, first_, second_;  // {s, |s|, D, |D|}; ds/dx; dD/dx
};

}  // namespace

GradientCheck check_gradients(const CheckedFunction& f, const std::vector<Tensor>& at,
                              const GradientCheckOptions& options) {
  return Checker(f, at, options).run();
}

void require_gradients(const CheckedFunction& f, const std::vector<Tensor>& at, const GradientCheckOptions& options) {
  const GradientCheck check = check_gradients(f, at, options);
  if (!check) throw GradientError(check.message);
}

}  // namespace reel
