#include "reel/models/regularizers/regularizer.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

void check_factor(std::string_view regularizer, std::string_view name, double value) {
  if (std::isfinite(value) && value >= 0) return;
  throw ValueError(fmt::format("{}: {} must be finite and not negative, got {}", regularizer, name, value));
}

Var sum_of_sizes(Var w) { return sum(abs(w)); }
Var sum_of_squares(Var w) { return sum(square(w)); }

/// Ones, with zeros in the diagonal.
Var beside_diagonal(Var like, int64_t size) {
  std::vector<double> elements(static_cast<size_t>(size * size), 1);
  for (int64_t i = 0; i < size; ++i) elements[static_cast<size_t>(i * (size + 1))] = 0;
  return like.graph().constant(Tensor::of<double>({size, size}, elements).cast(like.dtype()));
}

constexpr Maker<Regularizer> kRegularizers[] = {
    maker<Regularizer, L1>("l1", "L1"),
    maker<Regularizer, L2>("l2", "L2"),
    maker<Regularizer, L1L2>("l1_l2", "L1L2"),
    maker<Regularizer, OrthogonalRegularizer>("orthogonal_regularizer", "OrthogonalRegularizer"),
};

Family<Regularizer>& family() {
  static Family<Regularizer> all("regularizer", "keras.regularizers", kRegularizers);
  return all;
}

}  // namespace

void L1::fields(Fields& f) { f.single("l1", l1); }
void L1::check() const { check_factor("L1", "l1", l1); }
Var L1::operator()(Var w) const { return sum_of_sizes(w) * l1; }

void L2::fields(Fields& f) { f("l2", l2); }
void L2::check() const { check_factor("L2", "l2", l2); }
Var L2::operator()(Var w) const { return sum_of_squares(w) * l2; }

void L1L2::fields(Fields& f) {
  f("l1", l1);
  f("l2", l2);
}
void L1L2::check() const {
  check_factor("L1L2", "l1", l1);
  check_factor("L1L2", "l2", l2);
}
Var L1L2::operator()(Var w) const { return sum_of_sizes(w) * l1 + sum_of_squares(w) * l2; }

void OrthogonalRegularizer::fields(Fields& f) {
  f.single("factor", factor);
  f("mode", mode, {"rows", "columns"});
}
void OrthogonalRegularizer::check() const {
  check_factor("OrthogonalRegularizer", "factor", factor);
  if (mode == "rows" || mode == "columns") return;
  throw ValueError(fmt::format("OrthogonalRegularizer: mode must be rows or columns, got \"{}\"", excerpt(mode)));
}

Var OrthogonalRegularizer::operator()(Var w) const {
  constexpr double kLeastSquare = 1e-14;  // Keras's: the square of its epsilon
  if (w.shape().rank() != 2) {
    throw ShapeError(fmt::format("OrthogonalRegularizer: needs a matrix, got {}", w.type().str()));
  }
  const Var x = mode == "rows" ? w : transpose(w);
  const int64_t count = x.shape()[0];
  if (count < 2) return sum(w) * 0.0;
  const Var squares = reduce_sum(square(x), -1, true);
  const Var unit = x / sqrt(maximum(squares, w.graph().constant(kLeastSquare, w.dtype())));
  const Var cosines = abs(matmul_nt(unit, unit)) * beside_diagonal(w, count);
  const double pairs = static_cast<double>(count) * (static_cast<double>(count) - 1) / 2;
  return sum(cosines) * (double{static_cast<float>(factor)} * 0.5 / pairs);  // as a config tells it
}

std::shared_ptr<Regularizer::Rule> Regularizer::rule_of(std::function<Var(Var)> function) {
  return std::make_shared<Model<std::function<Var(Var)>>>(require_function(std::move(function), "regularizer"));
}

Regularizer::Regularizer(std::string_view name) : Regularizer(family().named(name)) {}
Regularizer::Regularizer(const char* name) : Regularizer(given_name("regularizer", name)) {}

Regularizer Regularizer::from_config(const Config& config) {
  return config == Config() ? Regularizer() : family().from_config(config);
}

Config Regularizer::config() const { return rule_ ? family().config(*this) : Config(); }

Var Regularizer::operator()(Var w) const {
  const std::string name = rule_->class_name();
  const Var made = require_var(rule_->penalty(w), w.graph(), {"regularizer", name.empty() ? "custom" : name});
  const Type needed{w.dtype(), {}};
  if (made.type() == needed) return made;
  throw ShapeError(
      fmt::format("regularizer: a penalty of {} is {}, got {}", w.type().str(), needed.str(), made.type().str()));
}

void register_regularizer(std::string class_name, std::function<Regularizer()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
