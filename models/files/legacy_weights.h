// Weights in .h5 files of Keras: a group a layer, by its name, with a list of the weights in it.
#pragma once

#include <string_view>

#include "reel/models/formats/hdf5.h"
#include "reel/models/model/model.h"

namespace reel {

struct LoadWeightsOptions;

/// Copies all weights of the model's layers to `group`.
void save_legacy_weights(const Model& model, Hdf5Group& group);
/// The reverse: layers that have weights in their order, each with as many of the same shapes, or `by_name`. Throws
/// DataError, naming the layer, for others; `source` begins messages.
void load_legacy_weights(const Model& model, const Hdf5Group& group, const LoadWeightsOptions& options,
                         std::string_view source);

/// The same of a list of variables.
void save_legacy_variables(std::span<const Variable> variables, Hdf5Group& group);
/// The values, in the order of the group's list.
std::vector<Tensor> legacy_values(const Hdf5Group& group, std::string_view source);

}  // namespace reel
