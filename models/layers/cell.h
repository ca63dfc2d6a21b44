// Cell: one step of a recurrence, as a layer. Write your own with any ops; RNN unrolls it, and it is tiled, hoisted and
// differentiated like the built-in cells.
#pragma once

#include <vector>

#include "reel/models/layer/layer.h"

namespace reel {

/// What a step gives: its output, [rows, ...], and the new states, of the types of the old ones.
struct CellStep {
  Var output;
  std::vector<Var> states;
};

/// What all steps of a sequence have in common, as the masks of a dropout; `inner`: that of cells within.
struct CellStart {
  std::vector<Var> values = {};
  std::vector<CellStart> inner = {};
};

/// A layer of one step: from x [rows, ...] and the old states to an output and the new states. `build` gets the type of
/// x. keras.layers.Layer with `state_size`, as keras.layers.RNN takes it.
class Cell : public Layer {
 public:
  /// Of one row, for each state: {{units}}.
  virtual std::vector<Shape> state_shapes() const = 0;
  /// Of one row of the output.
  virtual Shape output_shape() const { return state_shapes()[0]; }
  /// Asked once a sequence, of which a step has type `x`; each `step` is handed what it gives.
  virtual CellStart begin(Call& /*call*/, const Type& /*x*/) const { return {}; }
  virtual CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const = 0;

  /// As a layer by itself: x and the states -> the output and the new states.
  Flows call_many(Call& call, const Flows& inputs) const override;
  /// `step`, whose results are checked: what a cell gets wrong is told where it does. Throws ShapeError.
  CellStep checked_step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const;
};

/// Masks of a dropout that stay the same for a whole sequence, of a step's input and of the state before; empty Vars in
/// inference, and where nothing is dropped.
CellStart dropout_start(Call& call, const Shape& input, double dropout, const Shape& state, double recurrent_dropout);
/// x times the mask, if there is one.
Var masked(Var x, Var mask);

/// Several cells as one: the output of each is the input of the next. Their states are those of the first, then those
/// of the next, and so on. keras.layers.StackedRNNCells.
class StackedRNNCells : public LayerOf<StackedRNNCells, Cell> {
 public:
  /// Throws ValueError for no cells, and for layers that are none.
  explicit StackedRNNCells(std::vector<LayerPtr> cells, std::string name = "");
  std::string class_name() const override { return "StackedRNNCells"; }
  void fields(Fields& f) override { f.required("cells", cells_); }
  void check() const override;
  std::vector<Shape> state_shapes() const override;
  Shape output_shape() const override;
  std::vector<Attribute> attributes() const override;
  CellStart begin(Call& call, const Type& x) const override;
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const override;

 private:
  std::vector<LayerPtr> cells_;
};

/// The layer as a cell. Throws ValueError, naming the layer `of`, where it is none.
const Cell& cell_of(const LayerPtr& layer, std::string_view of);

}  // namespace reel
