// The zoo: models that are ready to train, each with the data it is meant for. A model is a file of this folder, and a
// line in zoo.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/model/sequential.h"
#include "reel/models/zoo/options.h"

namespace reel {

/// Which data to load, and what to do about data that is not there.
struct ZooDataOptions {
  std::string path;       ///< a file or folder; empty: wherever the model's data is found
  int64_t rows = 0;       ///< the first rows to train on, and to validate on; 0: as many as the model wants
  ZooConfig config = {};  ///< of the model that the data are for
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
  bool held_out_is_trained = false;             ///< where there are too few rows to hold any out
  std::vector<std::string> files = {};          ///< that it was read from
  std::vector<std::string> words = {};          ///< for text: by rank, from 1; empty where the words are not known
  std::vector<std::string> classes = {};        ///< what the classes are called; empty where they have no names
  Shape picture = {};                           ///< for pictures: [height, width] of a row
  std::map<std::string, int64_t> options = {};  ///< those of the model's that the data tell: "features"
};

/// A trained model, with what it needs to read texts and to name what it gives.
struct ZooTrained {
  Model model;
  ZooConfig config;
  std::vector<std::string> words = {}, classes = {};  ///< as ZooData's
};

/// What a model's rows are. Reviews are texts as ids of words; autoencoders have rows as their own targets.
enum class ZooKind : uint8_t { reviews, autoencoder, other };

struct ZooModel {
  std::string_view name;
  std::string_view description;
  std::string_view data;  ///< what it is trained on, and what of the user's it takes
  ZooKind kind = ZooKind::other;
  int64_t epochs, batch_size;
  double epoch_seconds = 0;  ///< about how long an epoch takes with two cores; 0: not measured
  std::vector<ZooOption> options = {};
  bool targets_are_classes = false;  ///< i32, of one axis fewer than what the model gives; otherwise f32, as it
  /// The model, compiled. Its weights are made.
  Model (*build)(const ZooConfig& config);
  /// Throws DataError for data that is missing or damaged.
  ZooData (*load)(const ZooDataOptions& options);
  /// What layers learn of the data before training; null where there are none such.
  void (*adapt)(const Model& model, const ZooData& data) = nullptr;
  /// What it makes of the held-out rows, as text for people.
  std::string (*show)(const ZooData& data, ZooTrained& trained);
  /// What it makes of a text, as a line for people; null where it reads no texts.
  std::string (*answer)(ZooTrained& trained, const std::string& text) = nullptr;

  /// Or null.
  const ZooOption* option(std::string_view of_name) const;
  /// All options as they are unless they are set.
  ZooConfig config(uint64_t seed = 0) const;
  /// Sets one. Throws ValueError for an option that it does not have, that the data tell, or that cannot be that.
  void set(ZooConfig& config, std::string_view of_name, std::string_view value) const;
};

/// All models, in the order in which to present them.
std::span<const ZooModel> zoo_models();

/// The model of that name, or null.
const ZooModel* find_zoo_model(std::string_view name);

}  // namespace reel
