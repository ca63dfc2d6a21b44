// Dropout and noise: what is random in training, and nothing in inference.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

struct DropoutOptions {
  std::optional<std::vector<int64_t>> noise_shape = std::nullopt;  ///< by axis: 1 shares one draw, `unknown` is x's
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// In training, 0 with probability `rate` and otherwise x / (1 - rate), drawn anew for each element and each step; in
/// inference x. keras.layers.Dropout; Srivastava et al. 2014.
class Dropout : public LayerOf<Dropout> {
 public:
  /// Throws ValueError unless rate is in [0, 1].
  explicit Dropout(double rate, DropoutOptions options = {});
  std::string class_name() const override { return "Dropout"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 protected:
  /// Of a row's draw. Throws ShapeError for a noise shape that does not fit.
  virtual Shape noise_shape(const Type& x) const;

  double rate_;
  DropoutOptions options_;
};

struct SpatialDropoutOptions {
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// Dropout of whole features: one draw for all steps of a feature, x [rows, steps, features].
/// keras.layers.SpatialDropout1D; Tompson et al. 2015.
class SpatialDropout1D : public LayerOf<SpatialDropout1D, Dropout> {
 public:
  /// Throws ValueError unless rate is in [0, 1].
  explicit SpatialDropout1D(double rate, const SpatialDropoutOptions& options = {});
  std::string class_name() const override { return "SpatialDropout1D"; }
  void all_fields(Fields& f) override;

 protected:
  Shape noise_shape(const Type& x) const override;
};

/// The same for images [rows, height, width, features]. keras.layers.SpatialDropout2D.
class SpatialDropout2D : public LayerOf<SpatialDropout2D, Dropout> {
 public:
  /// Throws ValueError unless rate is in [0, 1].
  explicit SpatialDropout2D(double rate, const SpatialDropoutOptions& options = {});
  std::string class_name() const override { return "SpatialDropout2D"; }
  void all_fields(Fields& f) override;

 protected:
  Shape noise_shape(const Type& x) const override;

 private:
  std::string data_format_ = "channels_last";
};

/// In training a (x or, with probability `rate`, s) + b, where s is what selu tends to far below 0, and a and b keep
/// the mean of 0 and the variance of 1 that selu gives; in inference x. Klambauer et al. 2017;
/// keras.layers.AlphaDropout.
class AlphaDropout : public LayerOf<AlphaDropout, Dropout> {
 public:
  /// Throws ValueError unless rate is in [0, 1).
  explicit AlphaDropout(double rate, DropoutOptions options = {});
  std::string class_name() const override { return "AlphaDropout"; }
  void check() const override;
  Var call(Call& call, Var x) const override;
};

/// 1 / (1 - rate) with probability 1 - rate, and otherwise 0: f32 [rows, of_row...]. An empty Var where nothing is
/// dropped, as in inference. `rate`: in [0, 1].
Var dropout_mask(Call& call, const Shape& of_row, double rate);

struct GaussianNoiseOptions {
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// In training x plus noise, normal around 0 with deviation `stddev`; in inference x. keras.layers.GaussianNoise.
class GaussianNoise : public LayerOf<GaussianNoise> {
 public:
  /// Throws ValueError unless stddev is finite and not negative.
  explicit GaussianNoise(double stddev, GaussianNoiseOptions options = {});
  std::string class_name() const override { return "GaussianNoise"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  double stddev_;
  GaussianNoiseOptions options_;
};

/// In training x times noise, normal around 1 with deviation sqrt(rate / (1 - rate)); in inference x. Srivastava et al.
/// 2014; keras.layers.GaussianDropout.
class GaussianDropout : public LayerOf<GaussianDropout> {
 public:
  /// Throws ValueError unless rate is in [0, 1).
  explicit GaussianDropout(double rate, GaussianNoiseOptions options = {});
  std::string class_name() const override { return "GaussianDropout"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;
  bool supports_masking() const override { return true; }

 private:
  double rate_;
  GaussianNoiseOptions options_;
};

}  // namespace reel
