#include "reel/models/optimizers/muon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {
namespace {

/// Keeps a quotient by a length finite.
constexpr double kLeastLength = 1e-7;

bool is_of_embedding(std::string path) {
  std::ranges::transform(path, path.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return path.find("embedding") != path.npos;
}

}  // namespace

void Muon::fields(Fields& f) {
  f("adam_beta_1", adam_beta_1);
  f("adam_beta_2", adam_beta_2);
  f("epsilon", epsilon);
  f("exclude_layers", exclude_layers);
  f("muon_a", muon_a);
  f("muon_b", muon_b);
  f("muon_c", muon_c);
  f.as_given("adam_lr_ratio", adam_lr_ratio);
  f("momentum", momentum);
  f("ns_steps", ns_steps);
  f("nesterov", nesterov);
  f("exclude_embeddings", exclude_embeddings);
  f("adam_weight_decay", adam_weight_decay);
  f("rms_rate", rms_rate);
}

void Muon::check() const {
  for (const auto& [name, number] : {std::pair{"muon_a", muon_a}, {"muon_b", muon_b}, {"muon_c", muon_c}}) {
    if (!std::isfinite(number))
      throw ValueError(fmt::format("{}: {} must be finite, got {}", class_name, name, number));
  }
  if (ns_steps < 0) throw ValueError(fmt::format("{}: ns_steps must not be negative, got {}", class_name, ns_steps));
  for (const std::string& expression : exclude_layers) {
    try {
      const std::regex is_expression(expression);
    } catch (const std::regex_error& error) {
      throw ValueError(fmt::format("{}: exclude_layers: \"{}\" is no regular expression: {}", class_name,
                                   excerpt(expression), error.what()));
    }
  }
}

std::vector<OptimizerNumber> Muon::numbers() const {
  return {{"adam_beta_1", adam_beta_1, NumberRange::lasting},
          {"adam_beta_2", adam_beta_2, NumberRange::lasting},
          {"epsilon", epsilon, NumberRange::denominator},
          {"adam_lr_ratio", adam_lr_ratio, NumberRange::not_negative},
          {"momentum", momentum, NumberRange::share},
          {"adam_weight_decay", adam_weight_decay.value_or(0), NumberRange::not_negative},
          {"rms_rate", rms_rate.value_or(0), NumberRange::not_negative}};
}

bool Muon::goes_by_adam(const Shape& weight, const std::string& path) const {
  if (weight.rank() != 2 || (exclude_embeddings && is_of_embedding(path))) return true;
  return std::ranges::any_of(
      exclude_layers, [&](const std::string& expression) { return std::regex_search(path, std::regex(expression)); });
}

std::vector<Slot> Muon::slots(const Shape& weight, const std::string& path) const {
  std::vector<Slot> all{{.name = "momentum", .shape = weight}};
  if (goes_by_adam(weight, path)) all.push_back({.name = "velocity", .shape = weight});
  return all;
}

double Muon::decay_of(const Shape& weight, const std::string& path) const {
  return (goes_by_adam(weight, path) ? adam_weight_decay : weight_decay).value_or(0);
}

/// The rate, and that of Adam.
StepScalars Muon::scalars(double rate, int64_t step) const {
  const float left_1 = 1.0f - power(static_cast<float>(adam_beta_1), step),
              left_2 = 1.0f - power(static_cast<float>(adam_beta_2), step);
  return {rate, static_cast<float>(rate) * static_cast<float>(adam_lr_ratio) * std::sqrt(left_2) / left_1};
}

Var Muon::with_even_singular_values(Var x) const {
  const bool is_high = x.shape()[0] > x.shape()[1];
  if (is_high) x = transpose(x);
  const Var length = sqrt(sum(square(cast(x, DType::f64))));
  x = cast(cast(x, DType::f64) / (length + kLeastLength), x.dtype());
  for (int64_t step = 0; step < ns_steps; ++step) {
    const Var a = matmul_nt(x, x);
    x = muon_a * x + matmul(muon_b * a + matmul(muon_c * a, a), x);
  }
  return is_high ? transpose(x) : x;
}

std::vector<Var> Muon::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  if (slots.size() == 2) {  // of Adam
    const Var m = moved(slots[0], g, adam_beta_1), v = moved(slots[1], square(g), adam_beta_2);
    return {w - m * scalars[1] / (sqrt(v) + epsilon), m, v};
  }
  const Var m = slots[0] + (g + slots[0] * (momentum - 1));
  const Var step = scalars[0] * with_even_singular_values(nesterov ? g + momentum * m : m);
  if (!rms_rate) return {w - step, m};
  const auto larger = static_cast<double>(std::max(w.shape()[0], w.shape()[1]));
  return {w - step * std::sqrt(larger) * *rms_rate, m};
}

}  // namespace reel
