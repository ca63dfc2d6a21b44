// --without PASS and --remat N, which several commands take: the passes that a model's programs go through.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reel/models/model/model.h"
#include "tools/arguments.h"

namespace reel::cli {

struct PassOptions {
  std::vector<std::string> without;  ///< names of the passes to leave out
  int64_t remat_every = 0;           ///< Passes::remat_every

  /// Compiles the model anew, as they say.
  void apply_to(Model& model) const;
  /// ", without hoist, rematerialising every 20 steps", or nothing.
  std::string text() const;
  /// The entries "without" and "remat_every" of the figures; the latter is "auto" where a pass chooses.
  nlohmann::ordered_json json() const;
};

/// It may be repeated, so it is the command's `repeatable`.
Option without_option();
Option remat_option();
/// Throws UsageError for a pass that there is not, naming the one that was meant.
PassOptions pass_options_of(const Arguments& arguments);

}  // namespace reel::cli
