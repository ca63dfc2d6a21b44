// Input: where a model begins.
#pragma once

#include "reel/models/describe/names.h"
#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

/// What elements of an input are: numbers of a type, by Keras's name too, "float32", "float64" or "int32", or "string",
/// texts, which a layer that reads them goes on from. Throws ValueError for other names.
struct InputDType {
  InputDType(DType of_numbers) : dtype(of_numbers) {}
  InputDType(std::string_view name);
  InputDType(const char* name) : InputDType(given_name("Input: dtype", name)) {}

  DType dtype;
  bool is_text = false;
};

struct InputOptions {
  InputDType dtype = DType::f32;
  std::string name = "";
};

/// Says what a model takes: `Input({784})` for rows of 784 numbers, `Input({unknown, 3})` for sequences of any length.
/// It begins a Sequential, and what layers are called on: `Dense(8)(x)`. keras.Input, keras.layers.InputLayer.
class Input : public LayerOf<Input> {
 public:
  /// `of_row`: extents of one row. Throws ShapeError for more than five axes, and for an extent that is negative and
  /// not `unknown`.
  explicit Input(std::vector<int64_t> of_row, InputOptions options = {});
  Input(std::vector<int64_t> of_row, InputDType dtype, const std::string& name = "")
      : Input(std::move(of_row), InputOptions{.dtype = dtype, .name = name}) {}
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
  int64_t rows_said_ = unknown;  // by a config, which keeps it
};

}  // namespace reel
