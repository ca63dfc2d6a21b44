// Arguments for the rows of the table: random ones to compare values at, smooth ones to differentiate at.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/op_table.h"
#include "reel/graph/random.h"

namespace reel::testing {
namespace {

/// Distinct points that keep away from the middle of the domain and from those of the next argument.
double lattice_point(const Domain& domain, int64_t i, int64_t count, size_t argument) {
  int64_t stride = 7;
  while (std::gcd(stride, count) != 1) ++stride;
  const double place = static_cast<double>((i * stride + 3) % count) + (argument % 2 == 0 ? 0.25 : 0.75);
  return domain.low + (domain.high - domain.low) * place / static_cast<double>(count);
}

Shape concrete(const Shape& shape, int64_t row_count) { return shape.has_rows() ? shape.with_lead(row_count) : shape; }

Tensor random_ids(const Shape& shape, int64_t bound, Random& random) {
  Tensor ids(DType::i32, shape);
  for (int32_t& id : ids.data<int32_t>()) id = static_cast<int32_t>(random.below(static_cast<uint32_t>(bound)));
  return ids;
}

bool is_ids(const OpRow& row, size_t argument) { return static_cast<int>(argument) == row.ids; }

}  // namespace

std::vector<Tensor> random_arguments(const OpRow& row, const Sample& sample, int64_t row_count, DType dtype) {
  Random random(7);
  std::vector<Tensor> arguments;
  for (size_t i = 0; i < sample.size(); ++i) {
    const Shape shape = concrete(sample[i], row_count);
    if (is_ids(row, i)) {
      arguments.push_back(random_ids(shape, row.id_bound, random));
      continue;
    }
    Tensor x(DType::f32, shape);
    for (size_t k = 0; k < x.data<float>().size(); ++k) {
      const double value = row.values.low + (row.values.high - row.values.low) * random.uniform();
      const double whole = std::round(value);
      const bool round = k % 4 == 1 && whole >= row.values.low && whole <= row.values.high;
      x.data<float>()[k] = static_cast<float>(round ? whole : value);
    }
    arguments.push_back(x.cast(dtype));
  }
  return arguments;
}

std::vector<Tensor> smooth_arguments(const OpRow& row, const Sample& sample, int64_t row_count) {
  Random random(8);
  int64_t most = 1;
  for (const Shape& shape : sample) most = std::max(most, concrete(shape, row_count).size());
  std::vector<Tensor> arguments;
  for (size_t i = 0; i < sample.size(); ++i) {
    const Shape shape = concrete(sample[i], row_count);
    arguments.push_back(is_ids(row, i) ? random_ids(shape, row.id_bound, random) : Tensor(DType::f64, shape));
    if (is_ids(row, i)) continue;
    const auto x = arguments.back().data<double>();
    for (size_t k = 0; k < x.size(); ++k) x[k] = lattice_point(row.smooth, static_cast<int64_t>(k), most, i);
  }
  return arguments;
}

Array to_array(const Tensor& tensor) {
  Array array = Array::zeros({tensor.shape().dims().begin(), tensor.shape().dims().end()});
  for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = tensor.at(static_cast<int64_t>(i));
  return array;
}

}  // namespace reel::testing
