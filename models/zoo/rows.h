// Rows of numbers for autoencoders: the pictures of Fashion-MNIST, or any file of rows.
#pragma once

#include <string>

#include "reel/models/zoo/zoo.h"

namespace reel {

/// Options of all autoencoders: "encoding_size", and "features" of the data.
std::vector<ZooOption> autoencoder_options(int64_t encoding_size = 32);

/// Rows f32 [n, features], each its own target.
///
/// - `options.path` names a file that `load_rows` reads: its first ten rows are held out and its last tenth is for
///   validation; of fewer than twenty rows, all serve every purpose.
/// - Otherwise Fashion-MNIST, from the folder `options.path` or wherever `find_fashion_mnist` finds it: training
///   pictures, at most `default_rows` (0: all 60,000) unless the options say how many; ten test pictures held out; the
///   other test pictures for validation. Throws DataError where it is nowhere.
ZooData load_autoencoder_rows(const ZooDataOptions& options, int64_t default_rows);

/// The same of numbers from 0 to 1, which is what a sigmoid reaches; `name`: of the model. Throws DataError for others.
ZooData load_unit_rows(const ZooDataOptions& options, std::string_view name);

/// The file of Fashion-MNIST's in `folder`, in gzip where it is not there otherwise.
std::string fashion_mnist_file(const std::string& folder, const char* name);
/// The folder of Fashion-MNIST, `path` or wherever it is found. Throws DataError where it is nowhere.
std::string fashion_mnist_folder(const std::string& path);

/// The side of rows that are square pictures whose side is a multiple of `divisor`. Throws DataError for others.
int64_t square_side(const ZooConfig& config, int64_t divisor = 1);

/// How far the reconstructions of the held-out rows are from them, beside what the mean training row would give.
std::string show_reconstruction_errors(const ZooData& data, ZooTrained& trained);

/// The zoo's entry for an autoencoder of pictures that `build` makes, of numbers from 0 to 1.
ZooModel image_autoencoder(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                           ZooData (*load)(const ZooDataOptions&), std::vector<ZooOption> options);
/// Compiles it with a crossentropy of each number, whose gradient does not vanish where a pixel is black or white.
void compile_image_autoencoder(Model& model);

/// The held-out pictures above their reconstructions, [height, width], for `write_png_gray`. Throws DataError where the
/// rows are no pictures; rows of a square number of values may be shown as square ones.
Tensor reconstruction_picture(const ZooData& data, const Tensor& reconstructions);

/// [height, width] of a row as a picture, or rank 0.
Shape picture_shape(const ZooData& data);

}  // namespace reel
