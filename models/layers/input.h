// Input: where a model begins.
#pragma once

#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

struct InputOptions {
  DType dtype = DType::f32;
  std::string name = "";
};

/// Says what a model takes: `Input({784})` for rows of 784 numbers, `Input({unknown, 3})` for sequences of any length.
/// It begins a Sequential, and what layers are called on: `Dense(8)(x)`. keras.Input, keras.layers.InputLayer.
class Input : public LayerOf<Input> {
 public:
  /// `of_row`: extents of one row. Throws ShapeError for more than five axes, and for an extent that is negative and
  /// not `unknown`.
  explicit Input(std::vector<int64_t> of_row, InputOptions options = {});
  Input(std::vector<int64_t> of_row, DType dtype) : Input(std::move(of_row), InputOptions{.dtype = dtype}) {}
  std::string class_name() const override { return "InputLayer"; }
  void all_fields(Fields& fields) override;
  void check() const override;
  Flow call_masked(Call&, Flow input) const override { return input; }
  /// Rank 0 if an extent is unknown.
  Type input_type() const override;
  const SymbolicType& type() const { return type_; }

  /// What layers are called on; the same each time.
  operator SymbolicTensor() const;

 private:
  SymbolicType type_;
};

}  // namespace reel
