// Recording: what the calls of all layers of a program have in common.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reel/models/layer/call.h"
#include "reel/models/layer/layer.h"

namespace reel {

class Recording {
 public:
  /// `scope`: the path of the model whose layers are called, or empty.
  Recording(Graph& graph, bool training, std::string scope = "")
      : graph_(graph), training_(training), scope_(std::move(scope)) {}
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  Graph& graph() const { return graph_; }
  bool training() const { return training_; }

  /// Applies a layer in a scope of its name; it is built first if it is not, for these inputs. Throws what the layer
  /// throws, with its name, and ShapeError unless it gives values with the rows of what it gets.
  Flows apply(const LayerPtr& layer, const Flows& inputs, const CallOptions& options = {});
  /// The same within a layer, at whose call training is what `training` says.
  Flows apply_within(const Layer* outer, bool training, const LayerPtr& layer, const Flows& inputs,
                     const CallOptions& options);

  /// Takes a layer into the recording, built for these inputs.
  void enter(const Layer* outer, const LayerPtr& layer, const std::vector<Type>& inputs);

  /// Takes `value` for the variable, before it is asked for.
  void bind(const Variable& variable, Var value) { variables_[variable.id()] = {value, value}; }
  /// The variable, as last assigned; one that has no value yet is an input.
  Var value_of(const Variable& variable);
  /// The variable as it was before: what gradients are taken in.
  Var parameter_of(const Variable& variable) { return known(variable).parameter; }
  void assign(const Variable& variable, Var value);
  /// What variables are after the run: the last value assigned to each, in the order in which they first were.
  std::vector<Assignment> assignments();
  /// Variables of kind `state` that have been asked for: inputs of the program, and what they are after the run.
  struct State {
    Variable variable;
    Var before, after;
  };
  std::vector<State> states();
  Var draw(const Layer& layer, const Shape& of_row, bool is_normal);
  void add_loss(Var loss);
  const std::vector<Var>& losses() const { return losses_; }
  /// Layers in the order in which they were first called, with those within others.
  const std::vector<LayerPtr>& layers() const { return layers_; }

 private:
  struct Known {
    Var parameter, value;
  };
  struct Drawn {
    uint32_t count = 0;
  };
  Known& known(const Variable& variable);

  Graph& graph_;
  bool training_;
  std::string scope_;
  std::vector<LayerPtr> layers_;
  std::map<const void*, Known> variables_;  // by id
  std::vector<Variable> assigned_, states_;
  std::map<const Layer*, Drawn> drawn_;
  std::vector<Var> losses_;
};

}  // namespace reel
