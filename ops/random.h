// Random numbers by row: what dropout and noise are made of. A number is a function of the key, the stream, the row's
// place in the whole batch and the element's in its row, and of nothing else, so that it is the same for any number of
// threads, any tile, and however often it is computed.
#pragma once

#include <cstdint>

#include "reel/graph/graph.h"

namespace reel {

/// Which of the streams of one key.
struct RandomStream {
  uint32_t place = 0;  ///< of the layer that draws, in its model
  uint32_t draw = 0;   ///< how often the layer has drawn in this step
};

/// Uniform on [0, 1), multiples of 2^-24: f32 [rows, of_row...]. `key`: i32 [2], a seed and the number of the step. No
/// gradient. Philox4x32-10, keyed by the seed and the place, counts elements, rows, draws and steps (Salmon et al.
/// 2011).
Var random_uniform(Var key, const Shape& of_row, const RandomStream& stream);
/// The same, standard normal (Box and Muller).
Var random_normal(Var key, const Shape& of_row, const RandomStream& stream);
/// The key of the next step.
Var next_seed(Var key);

}  // namespace reel
