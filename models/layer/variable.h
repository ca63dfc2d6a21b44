// Variable: what a layer, an optimizer or a model keeps between steps, all of one kind of list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "reel/graph/tensor.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/regularizers/regularizer.h"

namespace reel {

/// What a variable is for. Keras's `weights` are weights and statistics; its `variables` are all.
enum class VariableKind : uint8_t {
  weight,     ///< trained by gradients, unless it is frozen
  statistic,  ///< assigned by the layer itself, as a moving mean
  state,      ///< of a recurrence, from call to call
  seed,       ///< of random numbers: the seed, and how many steps have drawn from it
  slot,       ///< of an optimizer, for a weight
  iteration,  ///< of an optimizer: how many steps it has made
  rate,       ///< of an optimizer: its learning rate, unless that is a schedule
};

struct VariableOptions {
  VariableKind kind = VariableKind::weight;
  bool trainable = true;
  DType dtype = DType::f32;
  Regularizer regularizer = {};  ///< adds to what training minimises
  Constraint constraint = {};    ///< what the variable is made after each update
};

/// A handle: copies are the same variable, as in Python. One that is empty stands for none, as a bias that a layer does
/// without; to ask what it is throws Error.
class Variable {
 public:
  Variable() = default;
  Variable(std::string name, const Shape& shape, Initializer initializer, const VariableOptions& options = {});

  explicit operator bool() const { return data_ != nullptr; }
  /// Whether both are the same variable.
  bool operator==(const Variable& other) const = default;
  /// The same of all copies, another of every other variable.
  const void* id() const { return data_.get(); }

  /// Within the layer: "kernel".
  const std::string& name() const { return data().name; }
  /// With the names of what holds it, as Keras's: "simple_rnn/simple_rnn_cell/kernel".
  const std::string& path() const { return data().path; }
  void set_path(std::string path) { data().path = std::move(path); }
  const Type& type() const { return data().type; }
  const Shape& shape() const { return data().type.shape; }
  VariableKind kind() const { return data().kind; }
  const Initializer& initializer() const { return data().initializer; }
  const Regularizer& regularizer() const { return data().regularizer; }
  const Constraint& constraint() const { return data().constraint; }
  /// Whether gradients change it: it was made for that, and is not frozen. Programs made before a change keep to what
  /// was.
  bool trainable() const { return data().is_trainable && !data().is_frozen; }
  void freeze(bool is_frozen) { data().is_frozen = is_frozen; }

  /// Its elements, which copies of the tensor share; empty before a model has made them.
  const Tensor& value() const { return data().value; }
  /// Takes the tensor itself. Programs that were made before keep to the tensor that was.
  void set_value(Tensor value) { data().value = std::move(value); }
  /// Copies elements, also for programs that were made before. Throws ShapeError for another type than the variable's.
  void assign(const Tensor& value);
  /// Throws what `assign` would, in the name of `call`.
  void check_assignable(const Tensor& value, std::string_view call) const;

 private:
  struct Data {
    std::string name, path;
    Type type;
    Initializer initializer;
    Regularizer regularizer;
    Constraint constraint;
    VariableKind kind;
    bool is_trainable, is_frozen = false;
    Tensor value;
  };
  Data& data() const {
    if (!data_) refuse_empty();
    return *data_;
  }
  [[noreturn]] static void refuse_empty();

  std::shared_ptr<Data> data_;
};

}  // namespace reel
