// TrainingState: all that `fit` needs to go on as if it had never stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reel/models/describe/config.h"
#include "reel/models/formats/npz.h"
#include "reel/models/training/callback.h"
#include "reel/models/training/history.h"
#include "reel/models/training/scores.h"

namespace reel {

/// How far a training is: in this epoch, counted from 0, of which so many batches are done.
struct TrainingPlace {
  int64_t epoch = 0, batch = 0;
  auto operator<=>(const TrainingPlace&) const = default;
};

/// Order of rows follows from seed and epoch, randomness from seed, layer, step and row; so these counters and the
/// variables are all there is.
struct TrainingState {
  TrainingPlace place;
  std::string version;       ///< of the library
  Config made_with;          ///< an object: data, model and options that the training is of
  bool stops = false;        ///< whether training was asked to end
  int64_t orders = 0;        ///< Learner::orders
  int64_t next_order = 0;    ///< of the pass over the rows that begins next
  int64_t pass_batches = 0;  ///< done in the pass that goes on; 0 between passes
  double seconds = 0;        ///< of the epoch, so far
  NamedTensors variables;    ///< of the model and its optimizer, as Learner gives them
  SavedScores scores;        ///< of the epoch, so far
  History history;
  std::vector<CallbackState> callbacks;  ///< without those that keep states
  std::string source;                    ///< the file that it was read from, for messages
};

/// Where a training is between two steps, or two epochs.
class TrainingPoint {
 public:
  virtual ~TrainingPoint() = default;
  virtual TrainingPlace place() const = 0;
  /// Whether the epoch's last step has been made; validation and the epoch's end come next.
  virtual bool is_end_of_steps() const = 0;
  /// What training goes on from: copies, which later steps leave alone. Throws Error unless a callback of the run said
  /// that it keeps states.
  virtual TrainingState state() const = 0;
};

/// Throws ValueError, naming all that differs, unless the state is of a training that was made with just this, by this
/// version of the library.
void check_made_with(const TrainingState& state, const Config& made_with);

}  // namespace reel
