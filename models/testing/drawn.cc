#include "reel/models/testing/drawn.h"

#include "reel/graph/random.h"

namespace reel {
namespace {

double element(Drawn what, int64_t classes, Random& random) {
  switch (what) {
    case Drawn::numbers: return 4 * random.uniform() - 2;
    case Drawn::positive:
    case Drawn::distributions: return 0.1 + random.uniform();
    case Drawn::shares: return 0.05 + 0.9 * random.uniform();
    case Drawn::bits: return random.below(2);
    case Drawn::signs: return 2.0 * random.below(2) - 1;
    case Drawn::one_hot: return 0;
    case Drawn::classes: return random.below(static_cast<uint32_t>(classes));
  }
  return 0;
}

}  // namespace

Tensor drawn(const Type& type, int64_t row_count, Drawn what, int64_t classes, uint64_t seed) {
  Random random(seed);
  Tensor made(DType::f64, type.shape.with_lead(row_count));
  const std::span<double> all = made.data<double>();
  const auto length = static_cast<size_t>(type.shape.rank() > 1 ? type.shape.back() : 1);
  for (size_t begin = 0; begin < all.size(); begin += length) {
    const std::span<double> vector = all.subspan(begin, length);
    double sum = 0;
    for (double& x : vector) sum += x = element(what, classes, random);
    if (what == Drawn::one_hot) vector[random.below(static_cast<uint32_t>(length))] = 1;
    for (double& x : vector) x /= what == Drawn::distributions ? sum : 1;
  }
  return made.cast(type.dtype);
}

}  // namespace reel
