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
  /// Name of the option that may be given more than once.
  std::string repeatable = {};
  /// Returns the exit code; throws Error, which ends the program with 2 and the message.
  int (*run)(const Arguments& arguments);
};

Command list_command();
Command train_command();
Command predict_command();
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

// --without PASS. It may be repeated, so it is the command's `repeatable`.
Option without_option();
/// Names of the passes to leave out. Throws UsageError for one that there is not, naming the one that was meant.
std::vector<std::string> passes_left_out(const Arguments& arguments);
/// Compiles the model anew, without these passes.
void leave_out(const std::vector<std::string>& passes, Sequential& model);
/// ", without hoist", or nothing.
std::string without_text(const std::vector<std::string>& passes);

Option remat_option();
/// Passes::remat_every as --remat says.
int64_t remat_of(const Arguments& arguments);
/// Compiles the model anew, with this Passes::remat_every.
void rematerialize(int64_t every, Sequential& model);
/// ", rematerialising every 20 steps", or nothing.
std::string remat_text(int64_t every);

}  // namespace reel::cli
