// Layers around layers.
#pragma once

#include "reel/models/layers/recurrent.h"

namespace reel {

struct BidirectionalOptions {
  /// How outputs become one: "concat", "sum", "mul", "ave"; none: both are given.
  std::optional<std::string> merge_mode = "concat";
  LayerPtr backward_layer = {};  ///< instead of the same layer the other way
  std::string name = "";
};

/// A recurrence forward and, with weights of its own, backward through the sequence. Initial states are those of the
/// one and then of the other, and so are the states that are given. In sequences, masked steps are 0. Schuster and
/// Paliwal 1997; keras.layers.Bidirectional.
class Bidirectional : public LayerOf<Bidirectional> {
 public:
  /// Throws ValueError for what is no recurrence, and for layers that do not fit together.
  explicit Bidirectional(const LayerPtr& layer, BidirectionalOptions options = {});
  /// Of nothing yet: what a config is read into.
  Bidirectional() : merge_mode_("concat") {}
  std::string class_name() const override { return "Bidirectional"; }
  void fields(Fields& f) override;
  void check() const override;
  void build_many(std::span<const Type>) override {}
  Flows call_many(Call& call, const Flows& inputs) const override;
  std::vector<Attribute> attributes() const override {
    return {{"forward_layer", forward_}, {"backward_layer", backward_}};
  }

  const LayerPtr& forward_layer() const { return forward_; }
  const LayerPtr& backward_layer() const { return backward_; }

 private:
  Flows merged(const Flow& forward, const Flow& backward) const;

  void mirror(const std::string& base);

  LayerPtr forward_, backward_;
  std::optional<std::string> merge_mode_;
};

/// A layer for each step of a sequence by itself: [rows, steps, ...] -> [rows, steps, ...].
/// keras.layers.TimeDistributed.
class TimeDistributed : public LayerOf<TimeDistributed> {
 public:
  explicit TimeDistributed(LayerPtr layer, const std::string& name = "") : layer_(std::move(layer)) {
    set_default_name(name);
  }
  std::string class_name() const override { return "TimeDistributed"; }
  void fields(Fields& f) override { f.required("layer", layer_); }
  void build(const Type& input) override;
  Flow call_masked(Call& call, Flow input) const override;
  std::vector<Attribute> attributes() const override { return {{"layer", layer_}}; }

 private:
  LayerPtr layer_;
};

}  // namespace reel
