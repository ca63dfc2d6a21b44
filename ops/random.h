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

/// Uniform on [low, high): f32 of a shape whose axis 0 may be the symbolic rows. The same key and stream give the same
/// numbers: a key that is a parameter, to which each run assigns its `next_seed`, gives other ones in every run.
/// keras.random.uniform. Throws ValueError for low > high.
Var uniform(Var key, const Shape& shape, double low = 0, double high = 1, const RandomStream& stream = {});
/// The same, normal about `mean`. keras.random.normal. Throws ValueError for a negative deviation.
Var normal(Var key, const Shape& shape, double mean = 0, double deviation = 1, const RandomStream& stream = {});
/// A key i32 [2] that stays what it is: the same numbers in every run.
Var random_key(Graph& graph, int32_t seed);

}  // namespace reel
