// Layers that give the same values in another shape.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

/// All axes of a row as one: [rows, ...] -> [rows, features]; [rows] -> [rows, 1]. A mask ends here.
/// keras.layers.Flatten.
class Flatten : public LayerOf<Flatten> {
 public:
  explicit Flatten(std::string name = "") { set_default_name(name); }
  std::string class_name() const override { return "Flatten"; }
  void fields(Fields& f) override { f("data_format", data_format_, {"channels_last", "channels_first"}); }
  Flow call_masked(Call& call, Flow input) const override;

 private:
  std::string data_format_ = "channels_last";  ///< "channels_first": of [rows, channels, ...] channels go last
};

/// [rows, ...] -> [rows, target_shape...]; one of the extents may be -1, and then follows from the others. A mask ends
/// here. keras.layers.Reshape.
class Reshape : public LayerOf<Reshape> {
 public:
  /// Throws ValueError for extents that make no shape.
  explicit Reshape(std::vector<int64_t> target_shape, std::string name = "");
  std::string class_name() const override { return "Reshape"; }
  void fields(Fields& f) override { f.required("target_shape", target_shape_); }
  void check() const override;
  Flow call_masked(Call& call, Flow input) const override;

 private:
  std::vector<int64_t> target_shape_;
};

/// The axes behind the rows in another order, counted from 1: dims {2, 1} gives [rows, a, b] -> [rows, b, a]. A mask
/// ends here. keras.layers.Permute.
class Permute : public LayerOf<Permute> {
 public:
  /// Throws ValueError unless `dims` are 1, 2, ... in some order.
  explicit Permute(std::vector<int64_t> dims, const std::string& name = "");
  std::string class_name() const override { return "Permute"; }
  void fields(Fields& f) override { f.required("dims", dims_); }
  void check() const override;
  Var call(Call& call, Var x) const override;

 private:
  std::vector<int64_t> dims_;
};

/// Each row n times: [rows, features] -> [rows, n, features]. keras.layers.RepeatVector.
class RepeatVector : public LayerOf<RepeatVector> {
 public:
  /// Throws ValueError unless n > 0.
  explicit RepeatVector(int64_t n, std::string name = "");
  std::string class_name() const override { return "RepeatVector"; }
  void fields(Fields& f) override { f.required("n", n_); }
  void check() const override;
  Flow call_masked(Call& call, Flow input) const override;

 private:
  int64_t n_;
};

}  // namespace reel
