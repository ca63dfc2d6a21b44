// The commands of reel-zoo, one a file.
#pragma once

#include <string>
#include <vector>

#include "reel/models/zoo/zoo.h"
#include "tools/arguments.h"

namespace reel::cli {

struct Command {
  Syntax syntax;
  std::string summary;  ///< in a line
  /// Names of the options that may be given more than once.
  std::vector<std::string> repeatable = {};
  /// Returns the exit code; throws Error, which ends the program with 2 and the message.
  int (*run)(const Arguments& arguments);
};

Command list_command();
Command train_command();
Command predict_command();
Command convert_command();
Command summary_command();
Command graph_command();
Command bench_command();
Command profile_command();

/// The model of that name; throws UsageError, naming the one that was meant.
const ZooModel& model_named(const std::string& name);

// Options that several commands have.
Option threads_option();
Option seed_option();
/// Sets the number of threads as --threads says.
void apply_threads(const Arguments& arguments);
uint64_t seed_of(const Arguments& arguments);

Option set_option();
Option encoding_size_option();
/// What --seed, --set and --encoding-size say. Throws UsageError for options that the model does not have, and for what
/// they cannot be.
ZooConfig config_of(const Arguments& arguments, const ZooModel& model);

}  // namespace reel::cli
