// The notebook's SimpleRNNLearner with an LSTM in its place.
#include "reel/models/layers/lstm.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) { return make_review_model("lstm", {LSTM(config["units"])}, config); }

}  // namespace

ZooModel zoo_lstm() {
  ZooModel model = review_model("lstm", "LSTM(128) over the last 500 words of a film review: liked or not", build,
                                recurrence_options(128));
  model.epoch_seconds = 17;
  return model;
}

}  // namespace reel
