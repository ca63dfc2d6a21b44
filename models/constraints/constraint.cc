#include "reel/models/constraints/constraint.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// Along the axes, each of which keeps one element; f64.
Var norms(Var w, const AxisList& axis, std::string_view constraint) {
  std::vector<int64_t> extents;
  for (int i = 0; i < w.shape().rank(); ++i) extents.push_back(w.shape()[i]);
  for (const int64_t i : axis.of(w.shape(), constraint)) extents[static_cast<size_t>(i)] = 1;
  return sqrt(sum_to(square(cast(w, DType::f64)), Shape(extents)));
}

/// w desired / (epsilon + norms)
Var scaled(Var w, Var desired, Var norms) { return cast(cast(w, DType::f64) * (desired / (norms + 1e-7)), w.dtype()); }

Var clipped(Var x, double low, double high) { return minimum(maximum(x, number(x, low)), number(x, high)); }

constexpr Maker<Constraint> kConstraints[] = {
    maker<Constraint, MaxNorm>("max_norm", "MaxNorm"),
    maker<Constraint, NonNeg>("non_neg", "NonNeg"),
    maker<Constraint, UnitNorm>("unit_norm", "UnitNorm"),
    maker<Constraint, MinMaxNorm>("min_max_norm", "MinMaxNorm"),
};

Family<Constraint>& family() {
  static Family<Constraint> all("constraint", "keras.constraints", kConstraints);
  return all;
}

}  // namespace

void MaxNorm::fields(Fields& f) {
  f.as_given("max_value", max_value);
  f("axis", axis);
}
Var MaxNorm::operator()(Var w) const {
  const Var norm = norms(w, axis, class_name);
  return scaled(w, clipped(norm, 0, max_value), norm);
}

Var NonNeg::operator()(Var w) const { return maximum(w, number(w, 0)); }

void UnitNorm::fields(Fields& f) { f("axis", axis); }
Var UnitNorm::operator()(Var w) const {
  const Var norm = norms(w, axis, class_name);
  return scaled(w, number(norm, 1), norm);
}

void MinMaxNorm::fields(Fields& f) {
  f("min_value", min_value);
  f("max_value", max_value);
  f("rate", rate);
  f("axis", axis);
}
Var MinMaxNorm::operator()(Var w) const {
  const Var norm = norms(w, axis, class_name);
  return scaled(w, clipped(norm, min_value, max_value) * rate + norm * (1 - rate), norm);
}

std::shared_ptr<Constraint::Rule> Constraint::rule_of(std::function<Var(Var)> function) {
  return std::make_shared<Model<std::function<Var(Var)>>>(require_function(std::move(function), "constraint"));
}

Constraint::Constraint(std::string_view name) : Constraint(family().named(name)) {}
Constraint::Constraint(const char* name) : Constraint(given_name("constraint", name)) {}

Constraint Constraint::from_config(const Config& config) {
  return config == Config() ? Constraint() : family().from_config(config);
}

Config Constraint::config() const { return rule_ ? family().config(*this) : Config(); }

Var Constraint::operator()(Var w) const {
  const std::string name = rule_->class_name();
  const Var made = require_var(rule_->constrained(w), w.graph(), {"constraint", name.empty() ? "custom" : name});
  if (made.type() == w.type()) return made;
  throw ShapeError(
      fmt::format("constraint: of a weight {} it makes one of its type, got {}", w.type().str(), made.type().str()));
}

void register_constraint(std::string class_name, std::function<Constraint()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
