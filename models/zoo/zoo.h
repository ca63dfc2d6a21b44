// The zoo: models that are ready to train, each with the data it is meant for. A model is a file of this folder, and a
// line in zoo.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/model/sequential.h"

namespace reel {

/// What may differ between two instances of a model.
struct ZooConfig {
  uint64_t seed = 0;                          ///< of initial weights and shuffling
  int64_t steps = 500;                        ///< words of a review; fewer only make a smaller picture of the graph
  int64_t features = 784;                     ///< numbers in a row of an autoencoder's data
  int64_t encoding_size = 32;                 ///< numbers that an autoencoder squeezes a row into
  int64_t most_parameters = Shape::kMaxSize;  ///< of a model whose size a file gives, see SequentialOptions
};

/// Which data to load, and what to do about data that is not there.
struct ZooDataOptions {
  std::string path;  ///< a file or folder; empty: wherever the model's data is found
  int64_t rows = 0;  ///< the first rows to train on, and to validate on; 0: as many as the model wants
  /// Whether data that is nowhere on this machine may be downloaded.
  bool may_download = false;
  /// Is told, in whole lines, what is being done.
  std::function<void(const std::string& line)> say = [](const std::string&) {};
  /// Progress of a download, see `reel::Progress` in data/download.h.
  std::function<void(int64_t done, int64_t total)> download_progress = {};
};

/// Rows to train on, to validate on, and a few that training never sees, with what is needed to show them.
struct ZooData {
  std::string source;  ///< where it comes from and how much of it there is, in one line
  Samples x, y, validation_x, validation_y;
  Tensor held_out_x, held_out_y;
  bool held_out_is_trained = false;     ///< where there are too few rows to hold any out
  std::vector<std::string> files = {};  ///< that it was read from
  std::vector<std::string> words = {};  ///< for text: by rank, from 1; empty where the words are not known
  Shape picture = {};                   ///< for pictures: [height, width] of a row
};

enum class ZooKind : uint8_t { text, table };

struct ZooModel {
  std::string_view name;
  std::string_view description;
  ZooKind kind;
  int64_t epochs, batch_size;
  /// The model, compiled. Its weights are made.
  Sequential (*build)(const ZooConfig& config);
  /// Throws DataError for data that is missing or damaged.
  ZooData (*load)(const ZooDataOptions& options);
  /// Predictions for the held-out rows, as text for people.
  std::string (*show)(const ZooData& data, const Tensor& predictions);
};

/// All models, in the order in which to present them.
std::span<const ZooModel> zoo_models();

/// The model of that name, or null.
const ZooModel* find_zoo_model(std::string_view name);

}  // namespace reel
