// Layers that make one value of several.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

/// Values of shapes that broadcast to one, merged element by element. Where ranks differ, the shorter ones get axes of
/// extent 1 after the rows. What is valid in one of the masks that come with them is
/// valid here. keras.layers.Merge.
class Merge : public Layer {
 public:
  void build_many(std::span<const Type> inputs) override;
  Flows call_many(Call& call, const Flows& inputs) const override;

 protected:
  /// Of values of one rank.
  virtual Var merge(const std::vector<Var>& values) const = 0;
  virtual Var merge_masks(const Flows& inputs) const;
  virtual std::vector<Var> fitted(const Flows& inputs) const;
};

/// a + b + ... keras.layers.Add.
class Add : public LayerOf<Add, Merge> {
 public:
  explicit Add(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Add"; }

 protected:
  Var merge(const std::vector<Var>& values) const override;
};

/// a - b. keras.layers.Subtract.
class Subtract : public LayerOf<Subtract, Merge> {
 public:
  explicit Subtract(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Subtract"; }

 protected:
  Var merge(const std::vector<Var>& values) const override;
};

/// a b ..., where what is masked counts as 1, and as 0 if all have a mask and none is valid. keras.layers.Multiply.
class Multiply : public LayerOf<Multiply, Merge> {
 public:
  explicit Multiply(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Multiply"; }

 protected:
  std::vector<Var> fitted(const Flows& inputs) const override;
  Var merge(const std::vector<Var>& values) const override;
};

/// (a + b + ...) / count. keras.layers.Average.
class Average : public LayerOf<Average, Merge> {
 public:
  explicit Average(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Average"; }

 protected:
  Var merge(const std::vector<Var>& values) const override;
};

/// max(a, b, ...) of what is not masked, or the first where all is. keras.layers.Maximum.
class Maximum : public LayerOf<Maximum, Merge> {
 public:
  explicit Maximum(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Maximum"; }
  Flows call_many(Call& call, const Flows& inputs) const override;

 protected:
  Var merge(const std::vector<Var>& values) const override;
};

/// min(a, b, ...) of what is not masked, or the first where all is. keras.layers.Minimum.
class Minimum : public LayerOf<Minimum, Merge> {
 public:
  explicit Minimum(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Minimum"; }
  Flows call_many(Call& call, const Flows& inputs) const override;

 protected:
  Var merge(const std::vector<Var>& values) const override;
};

/// Values one after the other along an axis, which is not that of the rows; all other extents agree.
/// keras.layers.Concatenate.
class Concatenate : public LayerOf<Concatenate, Merge> {
 public:
  explicit Concatenate(int64_t axis = -1, const std::string& name = "") : axis_(axis) { set_default_name(name); }
  std::string class_name() const override { return "Concatenate"; }
  void fields(Fields& f) override { f("axis", axis_); }

 protected:
  Var merge(const std::vector<Var>& values) const override;
  Var merge_masks(const Flows& inputs) const override;
  std::vector<Var> fitted(const Flows& inputs) const override;

 private:
  int64_t axis_;
};

}  // namespace reel
