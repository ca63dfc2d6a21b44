// Operation: a function of values of a model, as a layer: `a + 2.0 * b`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

/// Elements [begin, end) along an axis; from the first, or to the last, where there is no number.
struct SliceOf {
  std::optional<int64_t> begin = std::nullopt, end = std::nullopt;
};

struct OperationOptions {
  /// Arguments in their order: numbers, and where there is none the next of the layer's inputs.
  std::vector<std::optional<double>> arguments = {};
  std::vector<SliceOf> slices = {};  ///< of GetItem, by axis
  int64_t axis = -1;                 ///< of Concatenate, ExpandDims and Any
  std::string name = "";
};

/// One of Keras's operations on values of a model, by its class: "Add", "Subtract", "Multiply", "TrueDivide",
/// "Maximum", "Minimum", "Equal", "NotEqual", "Greater", "GreaterEqual", "LogicalOr", "LogicalAnd" of two arguments;
/// "Tanh", "Exp", "Log", "Sqrt", "Square", "Absolute", "Negative", "Sigmoid", "Relu", "ZerosLike", "OnesLike",
/// "ConvertToTensor" of one; "GetItem", "Concatenate", "ExpandDims", "Any". Truth values are 1 and 0. keras.Operation.
class Operation : public Layer {
 public:
  /// Throws ValueError, listing all, for another class.
  explicit Operation(std::string operation, OperationOptions options = {});
  std::string class_name() const override { return operation_; }
  void build_many(std::span<const Type>) override {}
  Flows call_many(Call& call, const Flows& inputs) const override;
  bool treats_steps_alike() const override { return false; }
  void all_fields(Fields& fields) override;

  const OperationOptions& options() const { return options_; }
  static bool is_known(const std::string& operation);

 private:
  std::string operation_;
  OperationOptions options_;
};

SymbolicTensor operator+(const SymbolicTensor& a, const SymbolicTensor& b);
SymbolicTensor operator-(const SymbolicTensor& a, const SymbolicTensor& b);
SymbolicTensor operator*(const SymbolicTensor& a, const SymbolicTensor& b);
SymbolicTensor operator/(const SymbolicTensor& a, const SymbolicTensor& b);
SymbolicTensor operator+(const SymbolicTensor& a, double b);
SymbolicTensor operator-(const SymbolicTensor& a, double b);
SymbolicTensor operator*(const SymbolicTensor& a, double b);
SymbolicTensor operator/(const SymbolicTensor& a, double b);
SymbolicTensor operator+(double a, const SymbolicTensor& b);
SymbolicTensor operator-(double a, const SymbolicTensor& b);
SymbolicTensor operator*(double a, const SymbolicTensor& b);
SymbolicTensor operator/(double a, const SymbolicTensor& b);
/// 1 where x is not `value`, else 0: a mask of ids that are not padding. keras.ops.not_equal.
SymbolicTensor not_equal(const SymbolicTensor& x, double value);

}  // namespace reel
