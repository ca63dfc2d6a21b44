// The real data of the training runs: reviews and pictures, as far as they are on this machine.
#pragma once

#include <filesystem>
#include <string>

#include "golden/case_files.h"
#include "golden/config.h"
#include "reel/graph/tensor.h"

namespace reel::golden {

/// Reviews as padded ids, i32 [n, steps], in the order of the file.
struct ReviewIds {
  Tensor train, validation;
  Tensor train_labels;  ///< i32 [n]
};

/// The reviews that `spec` (training/simple_rnn.json) names, from imdb.npz in $REEL_DATA, in data/ beside the folder of
/// cases, or in Keras's cache. Throws Unsupported where there is none.
ReviewIds read_reviews(const std::filesystem::path& folder, const Json& spec);

/// The rows [n, features] of a run of training/autoencoder.json: an array of its own, or pictures of Fashion-MNIST.
/// Throws Unsupported where these are not on this machine, DataError where they are other pictures.
Tensor read_rows(const std::filesystem::path& folder, const Json& spec, const Arrays& arrays);

/// SHA-256 of the elements' bytes in row-major order.
std::string sha256_of(const Tensor& tensor);

}  // namespace reel::golden
