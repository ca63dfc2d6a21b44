#include "reel/autodiff/checking/sample_values.h"

#include <cmath>
#include <numeric>

namespace reel::checking {

Tensor random_ids(const Shape& shape, int64_t bound, Random& random) {
  Tensor ids(DType::i32, shape);
  for (int32_t& id : ids.data<int32_t>()) id = static_cast<int32_t>(random.below(static_cast<uint32_t>(bound)));
  return ids;
}

Tensor random_values(const Type& type, const Domain& domain, Random& random) {
  Tensor x(DType::f32, type.shape);
  for (size_t k = 0; k < x.data<float>().size(); ++k) {
    const double value = domain.low + (domain.high - domain.low) * random.uniform();
    const double whole = std::round(value);
    const bool round = k % 4 == 1 && whole >= domain.low && whole <= domain.high;
    x.data<float>()[k] = static_cast<float>(round ? whole : value);
  }
  return x.cast(type.dtype);
}

Tensor smooth_values(const Shape& shape, const Domain& domain, int64_t most, size_t argument) {
  int64_t stride = 7;
  while (std::gcd(stride, most) != 1) ++stride;
  Tensor x(DType::f64, shape);
  for (int64_t i = 0; i < x.size(); ++i) {
    const double place = static_cast<double>((i * stride + 3) % most) + (argument % 2 == 0 ? 0.25 : 0.75);
    x.data<double>()[static_cast<size_t>(i)] =
        domain.low + (domain.high - domain.low) * place / static_cast<double>(most);
  }
  return x;
}

}  // namespace reel::checking
