#include "reel/models/initializers/initializer.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/describe/names.h"
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

/// Keras's fans: of a matrix, its sides; with more axes, the product of the leading ones is the receptive field.
std::pair<double, double> fans(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {shape[0], shape[0]};
  const double field = static_cast<double>(shape.product(0, shape.rank() - 2));
  return {field * static_cast<double>(shape[shape.rank() - 2]), field * static_cast<double>(shape.back())};
}

double mean_fan(const Shape& shape) {
  const auto [in, out] = fans(shape);
  return std::max(1.0, (in + out) / 2);
}
double fan_in(const Shape& shape) { return std::max(1.0, fans(shape).first); }

Tensor fill_to(const Shape& shape, double limit, Random& random) { return fill_uniform(shape, -limit, limit, random); }

/// Normal, cut off at twice its deviation, of which `deviation` is left then.
Tensor fill_truncated(const Shape& shape, double deviation, Random& random) {
  constexpr double kLeft = 0.87962566103423978;  // of a standard normal's
  return TruncatedNormal{.stddev = deviation / kLeft}(shape, random);
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

constexpr Maker<Initializer> kInitializers[] = {
    maker<Initializer, Zeros>("zeros", "Zeros", "zero"),
    maker<Initializer, Ones>("ones", "Ones", "one"),
    maker<Initializer, RandomUniform>("random_uniform", "RandomUniform", "uniform"),
    maker<Initializer, RandomNormal>("random_normal", "RandomNormal", "normal"),
    maker<Initializer, TruncatedNormal>("truncated_normal", "TruncatedNormal"),
    maker<Initializer, GlorotUniform>("glorot_uniform", "GlorotUniform"),
    maker<Initializer, HeUniform>("he_uniform", "HeUniform"),
    maker<Initializer, LecunUniform>("lecun_uniform", "LecunUniform"),
    maker<Initializer, GlorotNormal>("glorot_normal", "GlorotNormal"),
    maker<Initializer, HeNormal>("he_normal", "HeNormal"),
    maker<Initializer, LecunNormal>("lecun_normal", "LecunNormal"),
    maker<Initializer, Orthogonal>("orthogonal", "Orthogonal", "OrthogonalInitializer"),
};

}  // namespace

Tensor Zeros::operator()(const Shape& shape, Random&) const { return Tensor::zeros(shape); }
Tensor Ones::operator()(const Shape& shape, Random&) const { return Tensor::full(shape, 1); }
Tensor Constant::operator()(const Shape& shape, Random&) const { return Tensor::full(shape, value); }

Tensor RandomUniform::operator()(const Shape& shape, Random& random) const {
  return fill_uniform(shape, minval, maxval, random);
}

Tensor RandomNormal::operator()(const Shape& shape, Random& random) const {
  return fill(shape, [&] { return mean + stddev * random.normal(); });
}

Tensor TruncatedNormal::operator()(const Shape& shape, Random& random) const {
  return fill(shape, [&] {
    double drawn;
    do drawn = random.normal();
    while (std::abs(drawn) > 2);
    return mean + stddev * drawn;
  });
}

Tensor GlorotUniform::operator()(const Shape& shape, Random& random) const {
  return fill_to(shape, std::sqrt(3.0 / mean_fan(shape)), random);
}

Tensor HeUniform::operator()(const Shape& shape, Random& random) const {
  return fill_to(shape, std::sqrt(6.0 / fan_in(shape)), random);
}

Tensor LecunUniform::operator()(const Shape& shape, Random& random) const {
  return fill_to(shape, std::sqrt(3.0 / fan_in(shape)), random);
}

Tensor GlorotNormal::operator()(const Shape& shape, Random& random) const {
  return fill_truncated(shape, std::sqrt(1.0 / mean_fan(shape)), random);
}

Tensor HeNormal::operator()(const Shape& shape, Random& random) const {
  return fill_truncated(shape, std::sqrt(2.0 / fan_in(shape)), random);
}

Tensor LecunNormal::operator()(const Shape& shape, Random& random) const {
  return fill_truncated(shape, std::sqrt(1.0 / fan_in(shape)), random);
}

Tensor Orthogonal::operator()(const Shape& shape, Random& random) const {
  if (shape.rank() < 2) throw ShapeError(fmt::format("orthogonal: needs at least two axes, got {}", shape.str()));
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

Initializer::Initializer(Function function) : function_(require_function(std::move(function), "initializer")) {}

Initializer::Initializer(std::string_view name)
    : Initializer(entry_named<Maker<Initializer>>("initializer", name, {kInitializers}).make()) {}

Initializer::Initializer(const char* name) : Initializer(given_name("initializer", name)) {}

Tensor Initializer::operator()(const Shape& shape, Random& random) const {
  Tensor made = function_(shape, random);
  const Type needed{DType::f32, shape};
  if (made && made.type() == needed) return made;
  throw ShapeError(fmt::format("initializer: needs to make {}, made {}", needed.str(),
                               made ? made.type().str() : std::string("nothing")));
}

}  // namespace reel
