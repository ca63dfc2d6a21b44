// Keras's example bidirectional_lstm_imdb: a review read from both ends, twice.
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/wrappers.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t units = config["units"];
  return make_review_model("bidirectional_lstm",
                           {
                               Bidirectional(LSTM(units, {.return_sequences = true})),
                               Bidirectional(LSTM(units)),
                           },
                           config);
}

}  // namespace

ZooModel zoo_bidirectional_lstm() {
  return review_model("bidirectional_lstm", "two Bidirectional LSTM(64), one on the other, over 200 words of a review",
                      build, recurrence_options(64, 128, 200));
}

}  // namespace reel
