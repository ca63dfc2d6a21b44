// What a training is made with: whoever goes on from its state has to have just that.
#pragma once

#include <string>

#include "reel/models/describe/config.h"
#include "reel/models/training/options.h"
#include "reel/models/training/training_rows.h"

namespace reel {

/// SHA-256 of types and elements; of rows that a source makes, of some spread over all. "none" for no rows.
std::string data_sha256(const TrainingRows& all);

/// An object: rows (null of a stream), options of `fit` that decide the weights (`epochs` is none of them: training may
/// go on for longer), callbacks but those that keep states, and the keys of `model`, an object too.
Config made_with(const Config& model, const FitOptions& options, const Callbacks& callbacks, const Split& data);

/// What `make` gives, or null where an object has no config, as a lambda has none.
template <class Make>
Config config_or_null(Make&& make) {
  try {
    return make();
  } catch (const ValueError&) {
    return {};
  }
}

}  // namespace reel
