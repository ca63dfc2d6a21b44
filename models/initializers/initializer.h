// Initial weights, with Keras's names and distributions (keras.initializers). Element i of a weight is a function of
// (seed, purpose, i) alone: the same on every machine and for every number of threads.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/describe/held.h"

namespace reel {

class Random;

struct Zeros {
  static constexpr std::string_view class_name = "Zeros";
  Tensor operator()(const Shape& shape, Random& random) const;
};
struct Ones {
  static constexpr std::string_view class_name = "Ones";
  Tensor operator()(const Shape& shape, Random& random) const;
};
struct Constant {
  double value = 0;

  static constexpr std::string_view class_name = "Constant";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// gain in the diagonal of a matrix, 0 beside it. Throws ShapeError for what is no matrix.
struct Identity {
  double gain = 1;

  static constexpr std::string_view class_name = "Identity";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};

// What draws does so from the stream that it is given or, with a seed, from the beginning of that seed's own: each time
// the same.

/// Uniform on [minval, maxval).
struct RandomUniform {
  double minval = -0.05, maxval = 0.05;
  std::optional<int64_t> seed = {};

  static constexpr std::string_view class_name = "RandomUniform";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Normal with the given mean and standard deviation.
struct RandomNormal {
  double mean = 0, stddev = 0.05;
  std::optional<int64_t> seed = {};

  static constexpr std::string_view class_name = "RandomNormal";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same without what is more than two stddev from the mean, which is drawn again.
struct TruncatedNormal {
  double mean = 0, stddev = 0.05;
  std::optional<int64_t> seed = {};

  static constexpr std::string_view class_name = "TruncatedNormal";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Of the variance scale / fan, where mode says which: "fan_in", "fan_out", or their mean, "fan_avg". The distribution
/// is "truncated_normal" (of that variance once it is truncated), "untruncated_normal" or "uniform". Fans are those of
/// Keras: a matrix's sides; with more axes, those before the last two count to both; or what lies along `input_axes`
/// and `output_axes`, which go together.
struct VarianceScaling {
  double scale = 1;
  std::string mode = "fan_in", distribution = "truncated_normal";
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "VarianceScaling";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// VarianceScaling, uniform on +-sqrt(6 / (fan_in + fan_out)), Glorot and Bengio 2010.
struct GlorotUniform {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "GlorotUniform";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// VarianceScaling, uniform on +-sqrt(6 / fan_in), He et al. 2015.
struct HeUniform {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "HeUniform";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// VarianceScaling, uniform on +-sqrt(3 / fan_in), LeCun et al. 1998.
struct LecunUniform {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "LecunUniform";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// VarianceScaling, normal around 0 with the deviation sqrt(2 / (fan_in + fan_out)) once it is truncated.
struct GlorotNormal {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "GlorotNormal";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same with the deviation sqrt(2 / fan_in).
struct HeNormal {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "HeNormal";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// The same with the deviation sqrt(1 / fan_in).
struct LecunNormal {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};

  static constexpr std::string_view class_name = "LecunNormal";
  void fields(Fields& f);
  void check() const;
  Tensor operator()(const Shape& shape, Random& random) const;
};
/// Orthonormal rows or columns, whichever are fewer: Q of a normal matrix's QR, signs such that R's diagonal is
/// positive (Saxe et al. 2014). AxisList before the last count as one.
struct Orthogonal {
  double gain = 1;
  std::optional<int64_t> seed = {};

  static constexpr std::string_view class_name = "Orthogonal";
  void fields(Fields& f);
  Tensor operator()(const Shape& shape, Random& random) const;
};

/// Any of the above, a Keras name such as "glorot_uniform", or a function of (shape, random) -> f32 of that shape. A
/// class of one's own has the members of those above, and is named "package>Name". Copies share what they hold.
class Initializer {
 public:
  using Function = std::function<Tensor(const Shape&, Random&)>;

  /// Throws ValueError for a function that is empty, and what the class's `check` throws.
  template <class F>
  requires std::invocable<const F&, const Shape&, Random&> Initializer(F function) {
    if constexpr (requires { F::class_name; }) {
      rule_ = std::make_shared<Model<F>>(std::move(function));
      rule_->check();
    } else {
      rule_ = rule_of(Function(std::move(function)));
    }
  }
  /// Throws ValueError, listing all names, for one that is not known.
  Initializer(std::string_view name);
  Initializer(const std::string& name) : Initializer(std::string_view(name)) {}
  Initializer(const char* name);
  /// From what `config` gives, or a name. Throws ValueError for a class or an argument that is not known.
  static Initializer from_config(const Config& config);

  /// As Keras serializes it. Throws ValueError for a function, which has none.
  Config config() const;
  Described& described() const { return *rule_; }

  /// Throws ShapeError if the function makes anything but f32 of that shape.
  Tensor operator()(const Shape& shape, Random& random) const;

 private:
  struct Rule : Described {
    virtual Tensor make(const Shape& shape, Random& random) const = 0;
  };
  template <class T>
  struct Model final : Held<T, Rule> {
    using Held<T, Rule>::Held;
    Tensor make(const Shape& shape, Random& random) const override { return this->value(shape, random); }
  };
  static std::shared_ptr<Rule> rule_of(Function function);

  std::shared_ptr<Rule> rule_;
};

/// Makes `class_name` known to `from_config`. Throws ValueError for a name that is not "package>Name".
void register_initializer(std::string class_name, std::function<Initializer()> make);
template <class T>
void register_initializer() {
  register_initializer(std::string(T::class_name), [] { return Initializer(T{}); });
}

}  // namespace reel
