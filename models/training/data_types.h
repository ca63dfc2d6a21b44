// DataTypes: what a model is given to train on.
#pragma once

#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// Types of rows, [rows, ...]: for each input of a model and for each of its outputs.
struct DataTypes {
  std::vector<Type> x, y;
  /// Of the weights of each output's rows, of rank 0 where there are none; or nothing, if there are none at all.
  std::vector<Type> weights = {};

  bool operator==(const DataTypes& other) const = default;
};

}  // namespace reel
