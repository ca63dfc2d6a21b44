// Var: a handle on a node of a graph, what models are written in. The operators on it stand in ops/.
#pragma once

#include <cstdint>

#include "reel/graph/shape.h"

namespace reel {

class Graph;

/// Small, copied freely, valid as long as its graph: to use one after its Tape or Graph is gone is undefined. Two Vars
/// are the same value if graph and id agree. An empty one stands for no value, and to ask what it is throws Error.
class Var {
 public:
  Var() = default;
  Var(Graph* graph, int32_t id) : graph_(graph), id_(id) {}

  explicit operator bool() const { return graph_ != nullptr; }
  Graph& graph() const {
    if (graph_ == nullptr) refuse_empty();
    return *graph_;
  }
  int32_t id() const { return id_; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }

  bool operator==(const Var& other) const = default;
  /// What a Var will hold is not known before its graph runs: `equal` compares elements.
  bool operator==(double use_equal) const = delete;

 private:
  [[noreturn]] static void refuse_empty();

  Graph* graph_ = nullptr;
  int32_t id_ = -1;
};

/// What a comparison by an operator gives: a 1 or 0 for each element. So it is no condition of an `if`; `where`
/// chooses.
class Truths : public Var {
 public:
  Truths(Var of) : Var(of) {}
  explicit operator bool() const = delete;
};

}  // namespace reel
