// Initial weights, with Keras's names and distributions (keras.initializers). Element i of a weight is a function of
// (seed, purpose, i) alone: the same on every machine and for every number of threads.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>

#include "reel/graph/tensor.h"

namespace reel {

class Random;

struct Zeros {
  Tensor operator()(const Shape& shape, Random& random) const;
};
struct Ones {
  Tensor operator()(const Shape& shape, Random& random) const;
};
struct Constant {
  double value = 0;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Uniform on [minval, maxval).
struct RandomUniform {
  double minval = -0.05, maxval = 0.05;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Normal with the given mean and standard deviation.
struct RandomNormal {
  double mean = 0, stddev = 0.05;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same without what is more than two stddev from the mean, which is drawn again.
struct TruncatedNormal {
  double mean = 0, stddev = 0.05;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Uniform on +-sqrt(6 / (fan_in + fan_out)), Glorot and Bengio 2010.
struct GlorotUniform {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Uniform on +-sqrt(6 / fan_in), He et al. 2015.
struct HeUniform {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Uniform on +-sqrt(3 / fan_in), LeCun et al. 1998.
struct LecunUniform {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// TruncatedNormal around 0 with the deviation sqrt(2 / (fan_in + fan_out)) once it is truncated.
struct GlorotNormal {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same with the deviation sqrt(2 / fan_in).
struct HeNormal {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same with the deviation sqrt(1 / fan_in).
struct LecunNormal {
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Orthonormal rows or columns, whichever are fewer: Q of a normal matrix's QR, signs such that R's diagonal is
/// positive (Saxe et al. 2014). Axes before the last count as one.
struct Orthogonal {
  double gain = 1;
  Tensor operator()(const Shape& shape, Random& random) const;
};

/// Any of the above, a Keras name such as "glorot_uniform", or a function of (shape, random) -> f32 of that shape.
class Initializer {
 public:
  using Function = std::function<Tensor(const Shape&, Random&)>;

  template <class F>
  requires std::invocable<const F&, const Shape&, Random&> Initializer(F function)
      : Initializer(Function(std::move(function))) {}
  /// Throws ValueError for a function that is empty.
  Initializer(Function function);
  /// Throws ValueError, listing all names, for one that is not known.
  Initializer(std::string_view name);
  Initializer(const std::string& name) : Initializer(std::string_view(name)) {}
  Initializer(const char* name);

  /// Throws ShapeError if the function makes anything but f32 of that shape.
  Tensor operator()(const Shape& shape, Random& random) const;

 private:
  Function function_;
};

}  // namespace reel
