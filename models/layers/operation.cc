#include "reel/models/layers/operation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Of truth values, which are 1 and 0.
Var zeros_like(Var x) { return broadcast_to(x.graph().constant(0, DType::f32), x.shape()); }
Var ones_like(Var x) { return broadcast_to(x.graph().constant(1, DType::f32), x.shape()); }
Var itself(Var x) { return x; }

struct Unary {
  const char* name;
  Var (*function)(Var);
};
constexpr Unary kUnary[] = {{"Tanh", tanh},
                            {"Exp", exp},
                            {"Log", log},
                            {"Sqrt", sqrt},
                            {"Square", square},
                            {"Absolute", abs},
                            {"Relu", relu},
                            {"Negative", negative},
                            {"Sigmoid", sigmoid},
                            {"ZerosLike", zeros_like},
                            {"OnesLike", ones_like},
                            {"ConvertToTensor", itself}};

struct Binary {
  const char* name;
  Var (*function)(Var, Var);
};
constexpr Binary kBinary[] = {{"Add", add},           {"Subtract", subtract},
                              {"Multiply", multiply}, {"TrueDivide", divide},
                              {"Maximum", maximum},   {"Minimum", minimum},
                              {"Equal", equal},       {"NotEqual", not_equal},
                              {"Greater", greater},   {"GreaterEqual", greater_equal},
                              {"LogicalOr", maximum}, {"LogicalAnd", minimum}};

constexpr const char* kOthers[] = {"GetItem", "Concatenate", "ExpandDims", "Any"};

template <class Table>
const auto* find_in(const Table& table, const std::string& name) {
  const auto found = std::ranges::find_if(table, [&](const auto& entry) { return name == entry.name; });
  return found == std::end(table) ? nullptr : &*found;
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const Unary& one : kUnary) names.emplace_back(one.name);
  for (const Binary& one : kBinary) names.emplace_back(one.name);
  names.insert(names.end(), std::begin(kOthers), std::end(kOthers));
  return names;
}

Var sliced(Var x, const std::vector<SliceOf>& slices) {
  for (size_t axis = 0; axis < slices.size(); ++axis) {
    const auto& [begin, end] = slices[axis];
    if (!begin && !end) continue;
    if (axis == 0 || static_cast<int>(axis) >= x.shape().rank()) {
      throw ShapeError(fmt::format("GetItem: axis {} of {} cannot be sliced", axis, x.type().str()));
    }
    const int64_t extent = x.shape()[static_cast<int>(axis)];
    const auto place = [&](int64_t index) {
      return std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent);
    };
    const int64_t first = place(begin.value_or(0)), last = place(end.value_or(extent));
    x = slice(x, static_cast<int>(axis), first, std::max<int64_t>(last - first, 0));
  }
  return x;
}

/// `SymbolicTensor`s and numbers, applied.
SymbolicTensor applied(const char* operation, const std::vector<SymbolicTensor>& inputs,
                       std::vector<std::optional<double>> arguments) {
  return LayerPtr(std::make_shared<Operation>(operation, OperationOptions{.arguments = std::move(arguments)}))(inputs);
}

}  // namespace

Operation::Operation(std::string operation, OperationOptions options)
    : operation_(std::move(operation)), options_(std::move(options)) {
  set_default_name(options_.name);
  if (is_known(operation_)) return;
  throw ValueError(fmt::format("operation: \"{}\" is not known, only {}", operation_, fmt::join(known_names(), ", ")));
}

bool Operation::is_known(const std::string& operation) {
  const auto names = known_names();
  return std::ranges::find(names, operation) != names.end();
}

void Operation::all_fields(Fields& f) {
  std::string own_name = name();
  f("name", own_name);
  if (own_name != name()) set_default_name(own_name);
  if (operation_ == "Concatenate" || operation_ == "ExpandDims" || operation_ == "Any") f("axis", options_.axis);
}

Flows Operation::call_many(Call&, const Flows& inputs) const {
  if (operation_ == "GetItem") return {{sliced(inputs[0].value, options_.slices), inputs[0].mask}};
  const Var first = inputs[0].value;
  const int axis = static_cast<int>(options_.axis < 0 ? options_.axis + first.shape().rank() : options_.axis);
  if (operation_ == "Any") return {{reduce_max(first, axis)}};
  if (operation_ == "ExpandDims") {
    return {{reshape(first, first.shape().with_inserted(options_.axis < 0 ? axis + 1 : axis, 1))}};
  }
  if (operation_ == "Concatenate") {
    std::vector<Var> values;
    for (const Flow& input : inputs) values.push_back(input.value);
    return {{concatenate(values, static_cast<int>(options_.axis))}};
  }
  // A number is of the type of the first value; of whole numbers, both are compared as floats.
  std::vector<Var> arguments;
  size_t next = 0;
  for (const auto& number : options_.arguments) {
    if (number) {
      const DType dtype = inputs[0].value.dtype() == DType::i32 ? DType::f32 : inputs[0].value.dtype();
      arguments.push_back(inputs[0].value.graph().constant(*number, dtype));
    } else {
      const Var value = inputs.at(next++).value;
      arguments.push_back(value.dtype() == DType::i32 ? cast(value, DType::f32) : value);
    }
  }
  const auto* unary = find_in(kUnary, operation_);
  const size_t expected = unary != nullptr ? 1 : 2;
  if (arguments.size() != expected) {
    throw ShapeError(fmt::format("{}: takes {} arguments, got {}", operation_, expected, arguments.size()));
  }
  if (unary != nullptr) return {{unary->function(arguments[0])}};
  return {{find_in(kBinary, operation_)->function(arguments[0], arguments[1])}};
}

SymbolicTensor operator+(const SymbolicTensor& a, const SymbolicTensor& b) { return applied("Add", {a, b}, {{}, {}}); }
SymbolicTensor operator-(const SymbolicTensor& a, const SymbolicTensor& b) {
  return applied("Subtract", {a, b}, {{}, {}});
}
SymbolicTensor operator*(const SymbolicTensor& a, const SymbolicTensor& b) {
  return applied("Multiply", {a, b}, {{}, {}});
}
SymbolicTensor operator/(const SymbolicTensor& a, const SymbolicTensor& b) {
  return applied("TrueDivide", {a, b}, {{}, {}});
}
SymbolicTensor operator+(const SymbolicTensor& a, double b) { return applied("Add", {a}, {{}, b}); }
SymbolicTensor operator-(const SymbolicTensor& a, double b) { return applied("Subtract", {a}, {{}, b}); }
SymbolicTensor operator*(const SymbolicTensor& a, double b) { return applied("Multiply", {a}, {{}, b}); }
SymbolicTensor operator/(const SymbolicTensor& a, double b) { return applied("TrueDivide", {a}, {{}, b}); }
SymbolicTensor operator+(double a, const SymbolicTensor& b) { return applied("Add", {b}, {a, {}}); }
SymbolicTensor operator-(double a, const SymbolicTensor& b) { return applied("Subtract", {b}, {a, {}}); }
SymbolicTensor operator*(double a, const SymbolicTensor& b) { return applied("Multiply", {b}, {a, {}}); }
SymbolicTensor operator/(double a, const SymbolicTensor& b) { return applied("TrueDivide", {b}, {a, {}}); }
SymbolicTensor not_equal(const SymbolicTensor& x, double value) { return applied("NotEqual", {x}, {{}, value}); }

}  // namespace reel
