// Models from Keras's files that are already read, for programs that want more of a file than its model.
#pragma once

#include <cstdint>
#include <string>

#include "reel/models/files/keras_file.h"
#include "reel/models/model/model.h"

namespace reel {

/// What `Model::load` gives of the file at `path`, of so many bytes. Throws what that throws.
Model model_in(const KerasFile& file, uint64_t file_bytes, const std::string& path, const ModelOptions& options = {});
/// What `Model::load_weights` does with that file. Throws what that throws; then no weight has changed.
void load_weights_in(Model& model, const KerasFile& file, const LoadWeightsOptions& options, const std::string& path);

}  // namespace reel
