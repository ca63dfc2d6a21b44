// One case of a layer: made from Keras's config, called as Keras was, with the weights that Keras had.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "golden/case_files.h"
#include "reel/autodiff/tape.h"
#include "reel/models/layer/recording.h"

namespace reel::golden {

/// Throws Unsupported for the first class in a config that the library does not have.
void require_classes(const OrderedJson& json);

class LayerCase {
 public:
  /// Results by the names of the arrays that they are compared with.
  struct Results {
    std::vector<std::pair<std::string, Tensor>> values, masks, losses, gradients;
  };

  /// Both must outlive this. Throws Unsupported for a class, or a way to call it, that the library does not have.
  LayerCase(const OrderedJson& spec, const Arrays& arrays);

  const LayerPtr& layer() const { return layer_; }
  const Tensor& first_input() const { return arrays_[spec_.at("inputs").at(0).at("array")]; }
  Results run();

 private:
  struct Input {
    std::string array;
    std::string gradient;  // empty: none
  };
  /// What one call is given, by arrays: the layer's inputs, and masks of the first of them, of which some have none.
  struct Given {
    std::vector<std::string> values, masks;
    std::string attention_mask;  // empty: none
    CallOptions options = {};    // those that are no arrays
  };

  Given given(const OrderedJson& args) const;
  bool take_kwarg(const std::string& key, const OrderedJson& value, Given& call) const;
  void build(const Given& call);
  void set_weights();
  std::string gradient_of(const std::string& array) const;
  void record(Tape& tape, const Given& call);
  std::vector<std::string> output_names(const char* kind, size_t call) const;
  void run_call(const Given& call, size_t number, Results& results);

  const OrderedJson& spec_;
  const Arrays& arrays_;
  LayerPtr layer_;

  // Of the program.
  struct Recorded {
    std::vector<Var> inputs, cotangents, states_before, states_after, outputs, gradients, assigned;
    std::vector<Var> masks;
    Var losses;
    std::vector<std::string> fed, gradient_arrays;
    std::vector<std::string> assigned_arrays;
  } recorded_;
  std::vector<Tensor> states_;
};

}  // namespace reel::golden
