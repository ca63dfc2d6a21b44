#include "reel/models/initializers/initializer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

template <class F>
Tensor fill(const Shape& shape, F&& next) {
  Tensor out(DType::f32, shape);
  for (float& element : out.data<float>()) element = static_cast<float>(next());
  return out;
}

Tensor fill_uniform(const Shape& shape, double low, double high, Random& random) {
  return fill(shape, [&] { return low + (high - low) * random.uniform(); });
}

using Seed = std::optional<int64_t>;

/// draw(random), from the seed's own stream if there is a seed.
template <class Draw>
Tensor drawn(const Seed& seed, Random& random, Draw&& draw) {
  if (!seed) return draw(random);
  Random own(static_cast<uint64_t>(*seed));
  return draw(own);
}

struct Fans {
  double in, out;
};

/// The product of the extents along these axes, which count from the end where they are negative.
double along(const Shape& shape, const std::vector<int64_t>& axes) {
  double product = 1;
  for (const int64_t axis : axes) {
    if (axis < -shape.rank() || axis >= shape.rank()) {
      throw ShapeError(fmt::format("fans: there is no axis {} in {}", axis, shape.str()));
    }
    product *= static_cast<double>(shape[axis < 0 ? axis + shape.rank() : axis]);
  }
  return product;
}

Fans fans(const Shape& shape, const VarianceScaling& rule) {
  if (rule.input_axes && rule.output_axes) return {along(shape, *rule.input_axes), along(shape, *rule.output_axes)};
  if (shape.rank() == 0) return {1, 1};
  const double last = static_cast<double>(shape.back());
  if (shape.rank() == 1) return {last, last};
  const double field = static_cast<double>(shape.product(0, shape.rank() - 2));
  return {field * static_cast<double>(shape[shape.rank() - 2]), field * last};
}

double fan(const Shape& shape, const VarianceScaling& rule) {
  const auto [in, out] = fans(shape, rule);
  return std::max(1.0, rule.mode == "fan_in" ? in : rule.mode == "fan_out" ? out : (in + out) / 2);
}

void check_word(std::string_view what, const std::string& word, std::initializer_list<std::string_view> words) {
  if (std::ranges::find(words, word) != words.end()) return;
  throw ValueError(
      fmt::format("VarianceScaling: {} must be {}, got \"{}\"", what, fmt::join(words, " or "), excerpt(word)));
}

/// What the named ones have in common: those arguments of VarianceScaling that they leave open.
template <class Named>
void scaling_fields(Named& named, Fields& f) {
  f("seed", named.seed);
  f("input_axes", named.input_axes);
  f("output_axes", named.output_axes);
}

template <class Named>
VarianceScaling scaling_of(const Named& named) {
  constexpr std::string_view name = Named::class_name;
  return {.scale = name.starts_with("He") ? 2.0 : 1.0,
          .mode = name.starts_with("Glorot") ? "fan_avg" : "fan_in",
          .distribution = name.ends_with("Uniform") ? "uniform" : "truncated_normal",
          .seed = named.seed,
          .input_axes = named.input_axes,
          .output_axes = named.output_axes};
}

using Column = std::vector<double>;

double dot(const Column& a, const Column& b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

/// Orthonormal columns by Gram-Schmidt, each column cleaned twice, in double; R's diagonal comes out positive.
void orthonormalise(std::vector<Column>& columns) {
  for (size_t j = 0; j < columns.size(); ++j) {
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t i = 0; i < j; ++i) {
        const double along = dot(columns[i], columns[j]);
        for (size_t k = 0; k < columns[j].size(); ++k) columns[j][k] -= along * columns[i][k];
      }
    }
    const double length = std::sqrt(dot(columns[j], columns[j]));
    for (double& x : columns[j]) x /= length;
  }
}

/// Q, scaled by `gain`.
Tensor fill_orthogonal(const Shape& shape, double gain, Random& random) {
  const int64_t row_count = shape.product(0, shape.rank() - 1), column_count = shape.back();
  const bool tall = row_count >= column_count;
  Tensor out(DType::f32, shape);  // before the columns, which take twice as much and do not tell for what
  std::vector<Column> columns(std::min(row_count, column_count), Column(std::max(row_count, column_count)));
  for (Column& column : columns) {
    for (double& x : column) x = random.normal();
  }
  orthonormalise(columns);
  for (int64_t r = 0; r < row_count; ++r) {
    for (int64_t c = 0; c < column_count; ++c) {
      out.data<float>()[r * column_count + c] = static_cast<float>(gain * (tall ? columns[c][r] : columns[r][c]));
    }
  }
  return out;
}

constexpr Maker<Initializer> kInitializers[] = {
    maker<Initializer, Zeros>("zeros", "Zeros", "zero"),
    maker<Initializer, Ones>("ones", "Ones", "one"),
    maker<Initializer, Constant>("constant", "Constant"),
    maker<Initializer, Identity>("identity", "Identity", "IdentityInitializer"),
    maker<Initializer, RandomUniform>("random_uniform", "RandomUniform", "uniform"),
    maker<Initializer, RandomNormal>("random_normal", "RandomNormal", "normal"),
    maker<Initializer, TruncatedNormal>("truncated_normal", "TruncatedNormal"),
    maker<Initializer, VarianceScaling>("variance_scaling", "VarianceScaling"),
    maker<Initializer, GlorotUniform>("glorot_uniform", "GlorotUniform"),
    maker<Initializer, HeUniform>("he_uniform", "HeUniform"),
    maker<Initializer, LecunUniform>("lecun_uniform", "LecunUniform"),
    maker<Initializer, GlorotNormal>("glorot_normal", "GlorotNormal"),
    maker<Initializer, HeNormal>("he_normal", "HeNormal"),
    maker<Initializer, LecunNormal>("lecun_normal", "LecunNormal"),
    maker<Initializer, Orthogonal>("orthogonal", "Orthogonal", "OrthogonalInitializer"),
};

Family<Initializer>& family() {
  static Family<Initializer> all("initializer", "keras.initializers", kInitializers);
  return all;
}

}  // namespace

Tensor Zeros::operator()(const Shape& shape, Random&) const { return Tensor::zeros(shape); }
Tensor Ones::operator()(const Shape& shape, Random&) const { return Tensor::full(shape, 1); }
void Constant::fields(Fields& f) { f("value", value); }
Tensor Constant::operator()(const Shape& shape, Random&) const { return Tensor::full(shape, value); }

void Identity::fields(Fields& f) { f.unless("gain", 1.0, gain); }
Tensor Identity::operator()(const Shape& shape, Random&) const {
  if (shape.rank() != 2) throw ShapeError(fmt::format("identity: needs two axes, got {}", shape.str()));
  Tensor out = Tensor::zeros(shape);
  for (int64_t i = 0; i < std::min(shape[0], shape[1]); ++i) {
    out.data<float>()[i * shape[1] + i] = static_cast<float>(gain);
  }
  return out;
}

void RandomUniform::fields(Fields& f) {
  f("seed", seed);
  f("minval", minval);
  f("maxval", maxval);
}

Tensor RandomUniform::operator()(const Shape& shape, Random& random) const {
  return drawn(seed, random, [&](Random& from) { return fill_uniform(shape, minval, maxval, from); });
}

void RandomNormal::fields(Fields& f) {
  f("seed", seed);
  f("mean", mean);
  f("stddev", stddev);
}

Tensor RandomNormal::operator()(const Shape& shape, Random& random) const {
  return drawn(seed, random, [&](Random& from) { return fill(shape, [&] { return mean + stddev * from.normal(); }); });
}

void TruncatedNormal::fields(Fields& f) {
  f("seed", seed);
  f("mean", mean);
  f("stddev", stddev);
}

Tensor TruncatedNormal::operator()(const Shape& shape, Random& random) const {
  return drawn(seed, random, [&](Random& from) {
    return fill(shape, [&] {
      double drawn;
      do drawn = from.normal();
      while (std::abs(drawn) > 2);
      return mean + stddev * drawn;
    });
  });
}

void VarianceScaling::fields(Fields& f) {
  f("seed", seed);
  f("scale", scale);
  f("mode", mode);
  f("distribution", distribution);
  f("input_axes", input_axes);
  f("output_axes", output_axes);
}

void VarianceScaling::check() const {
  if (!(scale > 0)) throw ValueError(fmt::format("VarianceScaling: scale must be positive, got {}", scale));
  check_word("mode", mode, {"fan_in", "fan_out", "fan_avg"});
  check_word("distribution", distribution, {"truncated_normal", "untruncated_normal", "uniform"});
  if (input_axes.has_value() != output_axes.has_value()) {
    throw ValueError("VarianceScaling: input_axes and output_axes go together");
  }
}

Tensor VarianceScaling::operator()(const Shape& shape, Random& random) const {
  constexpr double kLeft = 0.87962566103423978;  // of a standard normal's deviation, cut off at twice it
  const double along = fan(shape, *this);
  if (distribution == "uniform") {
    const double limit = std::sqrt(3 * scale / along);
    return RandomUniform{.minval = -limit, .maxval = limit, .seed = seed}(shape, random);
  }
  const double deviation = std::sqrt(scale / along);
  if (distribution == "untruncated_normal") return RandomNormal{.stddev = deviation, .seed = seed}(shape, random);
  return TruncatedNormal{.stddev = deviation / kLeft, .seed = seed}(shape, random);
}

void GlorotUniform::fields(Fields& f) { scaling_fields(*this, f); }
void GlorotUniform::check() const { scaling_of(*this).check(); }
Tensor GlorotUniform::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void HeUniform::fields(Fields& f) { scaling_fields(*this, f); }
void HeUniform::check() const { scaling_of(*this).check(); }
Tensor HeUniform::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void LecunUniform::fields(Fields& f) { scaling_fields(*this, f); }
void LecunUniform::check() const { scaling_of(*this).check(); }
Tensor LecunUniform::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void GlorotNormal::fields(Fields& f) { scaling_fields(*this, f); }
void GlorotNormal::check() const { scaling_of(*this).check(); }
Tensor GlorotNormal::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void HeNormal::fields(Fields& f) { scaling_fields(*this, f); }
void HeNormal::check() const { scaling_of(*this).check(); }
Tensor HeNormal::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void LecunNormal::fields(Fields& f) { scaling_fields(*this, f); }
void LecunNormal::check() const { scaling_of(*this).check(); }
Tensor LecunNormal::operator()(const Shape& shape, Random& random) const { return scaling_of(*this)(shape, random); }

void Orthogonal::fields(Fields& f) {
  f("seed", seed);
  f("gain", gain);
}

Tensor Orthogonal::operator()(const Shape& shape, Random& random) const {
  if (shape.rank() < 2) throw ShapeError(fmt::format("orthogonal: needs at least two axes, got {}", shape.str()));
  return drawn(seed, random, [&](Random& from) { return fill_orthogonal(shape, gain, from); });
}

std::shared_ptr<Initializer::Rule> Initializer::rule_of(Function function) {
  return std::make_shared<Model<Function>>(require_function(std::move(function), "initializer"));
}

Initializer::Initializer(std::string_view name) : Initializer(family().named(name)) {}
Initializer::Initializer(const char* name) : Initializer(given_name("initializer", name)) {}
Initializer Initializer::from_config(const Config& config) { return family().from_config(config); }
Config Initializer::config() const { return family().config(*this); }

Tensor Initializer::operator()(const Shape& shape, Random& random) const {
  Tensor made = rule_->make(shape, random);
  const Type needed{DType::f32, shape};
  if (made && made.type() == needed) return made;
  throw ShapeError(fmt::format("initializer: needs to make {}, made {}", needed.str(),
                               made ? made.type().str() : std::string("nothing")));
}

void register_initializer(std::string class_name, std::function<Initializer()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
