// What `train --save` keeps beside the weights, so that `predict` can make the model again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "reel/models/zoo/zoo.h"

namespace reel::cli {

/// A model from a file, with all that its file says it was made with.
struct SavedModel {
  const ZooModel& zoo;
  ZooTrained trained;
};

/// What the model's options are set to, by name.
nlohmann::ordered_json options_json(const ZooModel& zoo, const ZooConfig& config);

/// Throws UsageError for a path whose extension is that of no file that models are saved in.
void check_model_path(const std::string& path);
/// By the extension: the whole model, as m.keras or m.h5, or its weights, with a note that says whose they are.
void save_model(const std::string& path, const ZooModel& zoo, const ZooTrained& trained);

struct AnyModel {
  Model model;
  std::string note;  ///< kept next to it; empty if there is none
};

/// A model of `save_model`, or any other of Keras's. Throws DataError for what is neither.
AnyModel load_any_model(const std::string& path);
/// By the extension, as `save_model` does.
void save_any_model(const std::string& path, const AnyModel& any);

/// A model of the zoo and what its options are set to; null and none of any other text than a note of one.
struct NotedModel {
  const ZooModel* zoo = nullptr;
  ZooConfig config = {};
};
NotedModel zoo_model_in(const std::string& note);

/// What reads texts: a model of `save_model` with the words it knows, or any other of Keras's, which has its own.
std::variant<SavedModel, AnyModel> load_text_model(const std::string& path);

/// Throws DataError for a file that `save_model` did not write or whose weights are not finite, ShapeError for weights
/// of other shapes. Takes the memory of `read_zip`, of arrays as large as what it unpacks, and for what the note
/// (reel.json) says `memory_bound` of the file's size; the model has no more parameters than the weights in the file,
/// or 2^20.
SavedModel load_model(const std::string& path);

}  // namespace reel::cli
