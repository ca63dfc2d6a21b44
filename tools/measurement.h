// What the commands that measure a model have in common: the model, its first batches, and how both are reported.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reel/models/zoo/zoo.h"
#include "tools/arguments.h"
#include "tools/pass_options.h"

namespace reel::cli {

/// Batches take turns, for how long a step takes depends on its rows.
struct Measurement {
  const ZooModel& zoo;
  ZooConfig config;
  ZooData data;
  int64_t batch_size;
  PassOptions passes;
  std::string json;   ///< the file for figures, or ""
  std::FILE* people;  ///< where people read

  /// The model, compiled as the passes say.
  Model build() const;
  /// The first `count` rows of the batch whose turn it is in run `run`.
  Tensor x(int64_t run, int64_t count) const { return rows_of(data.x, run, count); }
  Tensor y(int64_t run, int64_t count) const { return rows_of(data.y, run, count); }

  /// How many batches take turns.
  int64_t batches() const { return data.x.shape()[0] / batch_size; }

  /// "simple_rnn, 2 threads, batches of 128".
  std::string title() const;
  /// The first entries of the figures: what was measured, and how.
  nlohmann::ordered_json json_head() const;

 private:
  Tensor rows_of(const Samples& all, int64_t run, int64_t count) const {
    const int64_t begin = run % batches() * batch_size;
    return all.read(begin, begin + count);
  }
};

/// The options of a command that measures, with its own among them.
std::vector<Option> measurement_options(const std::vector<Option>& own);

/// What the arguments say, with real rows where --data or the machine has them; nothing is downloaded. Throws
/// UsageError and DataError before anything that takes time.
Measurement prepare_measurement(const Arguments& arguments);

}  // namespace reel::cli
