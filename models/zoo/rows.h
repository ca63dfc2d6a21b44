// Rows of numbers for autoencoders: the pictures of Fashion-MNIST, or any file of rows.
#pragma once

#include <string>

#include "reel/models/zoo/zoo.h"

namespace reel {

/// Rows f32 [n, features], each its own target.
///
/// - `options.path` names a file that `load_rows` reads: its first ten rows are held out and its last tenth is for
///   validation; of fewer than twenty rows, all serve every purpose.
/// - Otherwise Fashion-MNIST, from the folder `options.path` or wherever `find_fashion_mnist` finds it: training
///   pictures, at most `default_rows` (0: all 60,000) unless the options say how many; ten test pictures held out; the
///   other test pictures for validation. Throws DataError where it is nowhere.
ZooData load_autoencoder_rows(const ZooDataOptions& options, int64_t default_rows);

/// How far the reconstructions of the held-out rows are from them, beside what the mean training row would give.
std::string show_reconstruction_errors(const ZooData& data, const Tensor& reconstructions);

/// The held-out pictures above their reconstructions, [height, width], for `write_png_gray`. Throws DataError where the
/// rows are no pictures; rows of a square number of values may be shown as square ones.
Tensor reconstruction_picture(const ZooData& data, const Tensor& reconstructions);

/// [height, width] of a row as a picture, or rank 0.
Shape picture_shape(const ZooData& data);

}  // namespace reel
