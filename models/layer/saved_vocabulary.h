// What files keep of a vocabulary that a layer has learned.
#pragma once

#include <optional>
#include <string>

#include "reel/graph/tensor.h"

namespace reel {

/// As Keras has it in .keras files: vocabulary.txt, and a variable of its layer.
struct SavedVocabulary {
  std::string lines;                  ///< a token a line, by index, those for what is masked and not known first
  std::optional<Tensor> idf_weights;  ///< of "tf_idf", by index
  std::string also_at;                ///< the attribute of Keras's class under which both stand once more; "" of none
};

}  // namespace reel
