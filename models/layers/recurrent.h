// RNN: a cell, unrolled into the graph step by step.
#pragma once

#include "reel/models/layers/cell.h"

namespace reel {

struct RNNOptions {
  bool return_sequences = false;      ///< the output of every step, [rows, steps, units], instead of the last
  bool return_state = false;          ///< the last states, too
  bool go_backwards = false;          ///< from the last step to the first; sequences come out in that order
  bool stateful = false;              ///< begins where the batch before ended, which must have as many rows
  bool unroll = false;                ///< changes nothing here: every recurrence is unrolled
  bool zero_output_for_mask = false;  ///< zeros for masked steps, instead of the output before
  std::string name = "";
};

/// Unrolls a cell: x [rows, steps, features] and perhaps initial states -> [rows, units] or [rows, steps, units], and
/// with `return_state` the last states. Without initial states these are zeros. Where a mask is 0, states and output
/// stay as they were. Whole numbers and doubles are cast to float32. keras.layers.RNN.
class RNN : public LayerOf<RNN> {
 public:
  /// Throws ValueError for what is no cell.
  explicit RNN(LayerPtr cell, RNNOptions options = {});
  std::string class_name() const override { return "RNN"; }
  void fields(Fields& f) override;
  void check() const override { cell_of(cell_, class_name()); }
  void build(const Type& input) override;
  void build_many(std::span<const Type> inputs) override { build(inputs[0]); }
  Flows call_many(Call& call, const Flows& inputs) const override;
  std::vector<Attribute> attributes() const override { return {{"cell", cell_}}; }

  const RNNOptions& options() const { return options_; }
  const LayerPtr& cell() const { return cell_; }
  /// Before it is called.
  void set_backwards(bool goes_backwards) { options_.go_backwards = goes_backwards; }
  void zero_masked_outputs(bool zeros) { options_.zero_output_for_mask = zeros; }
  /// Of one row, for each state of the cell.
  std::vector<Shape> state_shapes() const { return cell_of(cell_, class_name()).state_shapes(); }

 protected:
  /// Those of its own, without the cell.
  void unrolling_fields(Fields& f);

  LayerPtr cell_;

 private:
  CellStep keep_masked(const CellStep& next, Var valid, const std::vector<Var>& states, Var output) const;
  std::vector<Var> first_states(Call& call, Var x, const Flows& inputs) const;

  RNNOptions options_;
  std::vector<Variable> states_;  // of a stateful one
};

}  // namespace reel
