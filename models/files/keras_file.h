// Keras's files of whole models: .keras archives, and .h5 of all versions. What is in them, without the model.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/describe/config.h"
#include "reel/models/formats/hdf5.h"

namespace reel {

/// The group of a .h5 that has the weights, but in a file of weights alone.
inline constexpr const char* kModelWeights = "model_weights";

/// As Keras 3 writes them; files of Keras 2 are read as such.
struct KerasFile {
  Config model;     ///< serialized, null in a file of weights alone
  Config compiled;  ///< as get_compile_config() gives it, null of a model that was not compiled
  /// Of a .keras or .weights.h5: the places of state_tree.h. Else the groups of a .h5, by the layers' names.
  Hdf5Group state;
  /// What vocabulary.txt of a .keras holds, by the places of the layers that have learned it.
  std::map<std::string, std::string> vocabularies;
  bool is_legacy = false;  ///< whether that is a .h5
  std::string note;        ///< kept next to all that; Keras takes no notice of it

  /// Whether it is more than weights.
  bool has_model() const { return !(model == Config()); }
};

/// Throws DataError for what is neither, is damaged, packs weights in several files, or asks for more memory than a
/// file of its size may; `source` begins messages. Types that Reel does not compute in become float32, which is told in
/// a warning.
KerasFile read_keras_file(std::span<const std::byte> bytes, const std::string& source);

/// A .keras archive, or with `is_legacy` a .h5. The same content gives the same bytes.
std::vector<std::byte> write_keras_file(const KerasFile& file);

}  // namespace reel
