// Pooling: the largest, or the mean, of each window's elements, by channel.
#pragma once

#include <string>

#include "reel/models/layer/layer.h"
#include "reel/models/layers/spatial.h"

namespace reel {

struct PoolingOptions {
  PerAxis strides = {};           ///< from window to window; none: their size
  std::string padding = "valid";  ///< "same": as many windows as strides; what is beyond does not count
  std::string data_format = "channels_last";
  std::string name = "";
};

/// Pooling over windows. With `axes` axes beside rows and channels: [rows, ..., channels] -> [rows, windows...,
/// channels]. A mask ends here.
class Pooling : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 protected:
  enum class Kind : uint8_t { max, average };
  Pooling(int axes, Kind kind, PerAxis pool_size, PoolingOptions options);

 private:
  int axes_;
  Kind kind_;
  PerAxis pool_size_;
  PoolingOptions options_;
};

/// Of sequences [rows, steps, channels]. keras.layers.MaxPooling1D.
class MaxPooling1D : public LayerOf<MaxPooling1D, Pooling> {
 public:
  explicit MaxPooling1D(PerAxis pool_size = 2, PoolingOptions options = {})
      : LayerOf(1, Kind::max, std::move(pool_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "MaxPooling1D"; }
};

/// Of images [rows, height, width, channels]. keras.layers.MaxPooling2D.
class MaxPooling2D : public LayerOf<MaxPooling2D, Pooling> {
 public:
  explicit MaxPooling2D(PerAxis pool_size = 2, PoolingOptions options = {})
      : LayerOf(2, Kind::max, std::move(pool_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "MaxPooling2D"; }
};

/// keras.layers.AveragePooling1D.
class AveragePooling1D : public LayerOf<AveragePooling1D, Pooling> {
 public:
  explicit AveragePooling1D(PerAxis pool_size = 2, PoolingOptions options = {})
      : LayerOf(1, Kind::average, std::move(pool_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "AveragePooling1D"; }
};

/// keras.layers.AveragePooling2D.
class AveragePooling2D : public LayerOf<AveragePooling2D, Pooling> {
 public:
  explicit AveragePooling2D(PerAxis pool_size = 2, PoolingOptions options = {})
      : LayerOf(2, Kind::average, std::move(pool_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "AveragePooling2D"; }
};

struct GlobalPoolingOptions {
  std::string data_format = "channels_last";
  bool keepdims = false;  ///< whether axes stay, of extent 1
  std::string name = "";
};

/// Over all of an image or a sequence: [rows, ..., channels] -> [rows, channels].
class GlobalPooling : public Layer {
 public:
  void fields(Fields& f) override;
  Flow call_masked(Call& call, Flow input) const override;

 protected:
  enum class Kind : uint8_t { max, average };
  GlobalPooling(int axes, Kind kind, GlobalPoolingOptions options);

 private:
  int axes_;
  Kind kind_;
  GlobalPoolingOptions options_;
};

/// The mean over all steps, or over those that a mask leaves. keras.layers.GlobalAveragePooling1D.
class GlobalAveragePooling1D : public LayerOf<GlobalAveragePooling1D, GlobalPooling> {
 public:
  explicit GlobalAveragePooling1D(GlobalPoolingOptions options = {}) : LayerOf(1, Kind::average, std::move(options)) {}
  std::string class_name() const override { return "GlobalAveragePooling1D"; }
};

/// keras.layers.GlobalAveragePooling2D.
class GlobalAveragePooling2D : public LayerOf<GlobalAveragePooling2D, GlobalPooling> {
 public:
  explicit GlobalAveragePooling2D(GlobalPoolingOptions options = {}) : LayerOf(2, Kind::average, std::move(options)) {}
  std::string class_name() const override { return "GlobalAveragePooling2D"; }
};

/// keras.layers.GlobalMaxPooling1D.
class GlobalMaxPooling1D : public LayerOf<GlobalMaxPooling1D, GlobalPooling> {
 public:
  explicit GlobalMaxPooling1D(GlobalPoolingOptions options = {}) : LayerOf(1, Kind::max, std::move(options)) {}
  std::string class_name() const override { return "GlobalMaxPooling1D"; }
};

/// keras.layers.GlobalMaxPooling2D.
class GlobalMaxPooling2D : public LayerOf<GlobalMaxPooling2D, GlobalPooling> {
 public:
  explicit GlobalMaxPooling2D(GlobalPoolingOptions options = {}) : LayerOf(2, Kind::max, std::move(options)) {}
  std::string class_name() const override { return "GlobalMaxPooling2D"; }
};

/// As many windows as asked for, of whatever size: the i-th of n takes elements [floor(i e / n), ceil((i + 1) e / n))
/// of an axis of extent e.
class AdaptivePooling : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  Var call(Call& call, Var x) const override;

 protected:
  enum class Kind : uint8_t { max, average };
  AdaptivePooling(int axes, Kind kind, PerAxis output_size, std::string data_format, const std::string& name);

 private:
  int axes_;
  Kind kind_;
  PerAxis output_size_;
  std::string data_format_;
};

/// keras.layers.AdaptiveAveragePooling1D.
class AdaptiveAveragePooling1D : public LayerOf<AdaptiveAveragePooling1D, AdaptivePooling> {
 public:
  explicit AdaptiveAveragePooling1D(PerAxis output_size, std::string data_format = "channels_last",
                                    const std::string& name = "")
      : LayerOf(1, Kind::average, std::move(output_size), std::move(data_format), name) {
    check();
  }
  std::string class_name() const override { return "AdaptiveAveragePooling1D"; }
};

/// keras.layers.AdaptiveAveragePooling2D.
class AdaptiveAveragePooling2D : public LayerOf<AdaptiveAveragePooling2D, AdaptivePooling> {
 public:
  explicit AdaptiveAveragePooling2D(PerAxis output_size, std::string data_format = "channels_last",
                                    const std::string& name = "")
      : LayerOf(2, Kind::average, std::move(output_size), std::move(data_format), name) {
    check();
  }
  std::string class_name() const override { return "AdaptiveAveragePooling2D"; }
};

/// keras.layers.AdaptiveMaxPooling1D.
class AdaptiveMaxPooling1D : public LayerOf<AdaptiveMaxPooling1D, AdaptivePooling> {
 public:
  explicit AdaptiveMaxPooling1D(PerAxis output_size, std::string data_format = "channels_last",
                                const std::string& name = "")
      : LayerOf(1, Kind::max, std::move(output_size), std::move(data_format), name) {
    check();
  }
  std::string class_name() const override { return "AdaptiveMaxPooling1D"; }
};

/// keras.layers.AdaptiveMaxPooling2D.
class AdaptiveMaxPooling2D : public LayerOf<AdaptiveMaxPooling2D, AdaptivePooling> {
 public:
  explicit AdaptiveMaxPooling2D(PerAxis output_size, std::string data_format = "channels_last",
                                const std::string& name = "")
      : LayerOf(2, Kind::max, std::move(output_size), std::move(data_format), name) {
    check();
  }
  std::string class_name() const override { return "AdaptiveMaxPooling2D"; }
};

// Keras's other names for the same.
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;

}  // namespace reel
