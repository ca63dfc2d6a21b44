// Wiring: the calls of a model in the order in which to make them, found from its inputs and outputs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reel/models/layer/symbolic_tensor.h"

namespace reel {

/// A model's calls.
class Wiring {
 public:
  Wiring() = default;
  /// Throws ValueError where the outputs need more than the inputs.
  Wiring(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs);

  const std::vector<SymbolicTensor>& inputs() const { return inputs_; }
  const std::vector<SymbolicTensor>& outputs() const { return outputs_; }
  /// Each before what needs it; those of the inputs are not among them.
  const std::vector<const LayerCall*>& calls() const { return calls_; }
  /// What programs begin with: inputs that are numbers, then what layers that run on the host make of inputs.
  const std::vector<SymbolicTensor>& fed() const { return fed_; }
  bool has_host_calls() const { return fed_ != inputs_; }
  /// Each layer once, those of the inputs included, in Keras's order: by how many calls follow, the most first, and
  /// then as they are met on the way from the outputs back.
  const std::vector<LayerPtr>& layers() const { return layers_; }

  using Apply = std::function<Flows(const LayerPtr& layer, const Flows& inputs, const CallOptions& options)>;
  /// Makes the calls with `apply`, of what is `fed`.
  Flows replay(const Flows& fed, const Apply& apply) const;

 private:
  /// Whether a call that programs make reads it, or it is an output.
  bool is_in_program(const SymbolicTensor& input) const;
  /// The only output of a call that is read.
  SymbolicTensor output_of(const LayerCall& call) const;

  std::vector<SymbolicTensor> inputs_, outputs_, fed_;
  std::vector<const LayerCall*> calls_;  // kept by the outputs
  std::vector<LayerPtr> layers_;
};

}  // namespace reel
