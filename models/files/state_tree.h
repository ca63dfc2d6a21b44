// Variables of layers and optimizers as groups of an HDF5 file, in the places that Keras 3's .keras and .weights.h5
// have for them: "layers/simple_rnn/cell/vars/0". Source: what Keras writes, and keras.saving's description of the
// format.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "reel/models/formats/hdf5.h"
#include "reel/models/layer/layer.h"

namespace reel {

/// What vocabulary.txt holds, by the places of the layers that have learned it.
using Vocabularies = std::map<std::string, std::string>;

/// Copies the variables of the layer, and of all within, to `group`, and what they have learned to `vocabularies`. One
/// that comes twice is written where it comes first.
void save_state(const Layer& layer, Hdf5Group& group, Vocabularies& vocabularies);
/// The reverse; `source` begins messages. Throws DataError, naming layer and place, where variables lack, are more than
/// the layer has, or are of other shapes, and for what is no vocabulary; those read before keep what they got.
void load_state(const Layer& layer, const Hdf5Group& group, const Vocabularies& vocabularies, std::string_view source);
/// Whether there is a vocabulary in it that its config does not tell.
bool has_vocabulary(const Layer& layer);

/// Copies the values of variables that are no layer's to `group`: "vars/0", "vars/1", ...; `name`: of what has them.
void save_variables(std::span<const Variable> variables, const std::string& name, Hdf5Group& group);
/// The values that stand so in a group, in their order; doubles as float32.
std::vector<Tensor> saved_values(const Hdf5Group& group);

}  // namespace reel
