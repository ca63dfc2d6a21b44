// Layers that make sequences and images larger or smaller.
#pragma once

#include <array>
#include <string>

#include "reel/models/layer/layer.h"
#include "reel/models/layers/spatial.h"

namespace reel {

/// Elements before and behind an axis.
struct Margin {
  int64_t before = 0, after = 0;
};

/// Zeros around the steps: [rows, steps, channels] -> [rows, before + steps + after, channels].
/// keras.layers.ZeroPadding1D.
class ZeroPadding1D : public LayerOf<ZeroPadding1D> {
 public:
  explicit ZeroPadding1D(int64_t both = 1) : ZeroPadding1D(Margin{both, both}) {}
  /// Throws ValueError for negative numbers.
  explicit ZeroPadding1D(Margin padding, std::string data_format = "channels_last", const std::string& name = "");
  std::string class_name() const override { return "ZeroPadding1D"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  Margin padding_;
  std::string data_format_;
};

/// Zeros around images [rows, height, width, channels]. keras.layers.ZeroPadding2D.
class ZeroPadding2D : public LayerOf<ZeroPadding2D> {
 public:
  explicit ZeroPadding2D(int64_t all = 1) : ZeroPadding2D(Margin{all, all}, Margin{all, all}) {}
  /// Throws ValueError for negative numbers.
  ZeroPadding2D(Margin height, Margin width, std::string data_format = "channels_last", const std::string& name = "");
  std::string class_name() const override { return "ZeroPadding2D"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  std::array<Margin, 2> padding_;
  std::string data_format_;
};

/// Without the first and the last steps: [rows, steps, channels] -> [rows, steps - before - after, channels].
/// keras.layers.Cropping1D.
class Cropping1D : public LayerOf<Cropping1D> {
 public:
  explicit Cropping1D(int64_t both = 1) : Cropping1D(Margin{both, both}) {}
  /// Throws ValueError for negative numbers.
  explicit Cropping1D(Margin cropping, const std::string& name = "");
  std::string class_name() const override { return "Cropping1D"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  Margin cropping_;
};

/// Without the edges of images [rows, height, width, channels]. keras.layers.Cropping2D.
class Cropping2D : public LayerOf<Cropping2D> {
 public:
  explicit Cropping2D(int64_t all = 0) : Cropping2D(Margin{all, all}, Margin{all, all}) {}
  /// Throws ValueError for negative numbers.
  Cropping2D(Margin height, Margin width, std::string data_format = "channels_last", const std::string& name = "");
  std::string class_name() const override { return "Cropping2D"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  std::array<Margin, 2> cropping_;
  std::string data_format_;
};

/// Each step `size` times: [rows, steps, channels] -> [rows, steps size, channels]. keras.layers.UpSampling1D.
class UpSampling1D : public LayerOf<UpSampling1D> {
 public:
  /// Throws ValueError unless size > 0.
  explicit UpSampling1D(int64_t size = 2, const std::string& name = "");
  std::string class_name() const override { return "UpSampling1D"; }
  void fields(Fields& f) override { f("size", size_); }
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  int64_t size_;
};

struct UpSampling2DOptions {
  std::string data_format = "channels_last";
  std::string interpolation = "nearest";  ///< "bilinear", "bicubic", "lanczos3", "lanczos5": between centres
  std::string name = "";
};

/// Images `size` times as high and wide: each element several times, or what lies between elements interpolated.
/// keras.layers.UpSampling2D.
class UpSampling2D : public LayerOf<UpSampling2D> {
 public:
  /// Throws ValueError unless size > 0, and for an interpolation that is none.
  explicit UpSampling2D(PerAxis size = 2, UpSampling2DOptions options = {});
  std::string class_name() const override { return "UpSampling2D"; }
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  PerAxis size_;
  UpSampling2DOptions options_;
};

}  // namespace reel
