// What `train --save` keeps beside the weights, so that `predict` can make the model again.
#pragma once

#include <string>
#include <vector>

#include "reel/models/zoo/zoo.h"

namespace reel::cli {

/// A model from a weights file, and the words it was trained on (by rank; empty where they were not known).
struct SavedModel {
  const ZooModel& model;
  Sequential sequential;
  std::vector<std::string> words;
};

void save_model(const std::string& path, const ZooModel& model, const ZooConfig& config, const ZooData& data,
                const Sequential& sequential);

/// Throws DataError for a file that `save_model` did not write or whose weights are not finite, ShapeError for weights
/// of other shapes. Takes the memory of `read_zip`, of arrays as large as what it unpacks, and for what the note
/// (reel.json) says `memory_bound` of the file's size; the model has no more parameters than the weights in the file,
/// or 2^20.
SavedModel load_model(const std::string& path);

}  // namespace reel::cli
