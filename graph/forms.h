// Forms: what stands for the nodes of a graph once passes have been through.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reel/graph/var.h"

namespace reel {

/// By node: its form, another node that computes the same, or itself.
class Forms {
 public:
  /// The id of the node's form; -1 where it has none.
  int32_t of(int32_t id) const { return id < static_cast<int32_t>(forms_.size()) ? forms_[id] : -1; }
  Var of(Var var) const { return {&var.graph(), of(var.id())}; }
  std::vector<Var> of(std::span<const Var> vars) const;
  bool know(int32_t id) const { return of(id) >= 0; }

  void set(int32_t id, int32_t form);
  /// Puts the forms' own forms, where `next` knows them, in their place.
  void advance(const Forms& next);

 private:
  std::vector<int32_t> forms_;
};

}  // namespace reel
