#pragma once

#include <memory>
#include <string>
#include <vector>

#include "reel/models/training/callback.h"

namespace reel {

/// Writes a line for each epoch, counted from 0, to a CSV file: "epoch", then the logs in the order of their names,
/// which the first line tells. Those of the first epoch decide which they are, with "val_" of each where only later
/// epochs validate; one that an epoch does not have is "NA". Where training goes on, lines that it had not come to are
/// cut off. Lines end as Python's csv ends them, "\r\n". Throws ValueError for a separator that is not one character,
/// DataError where the file cannot be written, or lacks lines that it had. keras.callbacks.CSVLogger.
struct CSVLogger {
  std::string filename;
  std::string separator = ",";
  bool append = false;  ///< goes on behind what is there, which keeps its first line

  struct Progress {
    std::vector<std::string> keys = {};
    bool needs_header = true;
    int64_t bytes = 0;  ///< of the file, lines that were there included
  };
  Shared<Progress> progress = {};

  static constexpr std::string_view class_name = "CSVLogger";
  void fields(Fields& f);
  void check() const;
  void state(StateFields& f) const;
  void on_train_begin(const CallbackRun& run) const;
  void on_train_resume(const CallbackRun& run, int64_t epoch, int64_t batch) const;
  void on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs) const;
};

}  // namespace reel
