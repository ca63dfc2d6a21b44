// The notebook's SimpleRNNLearner with a GRU in its place.
#include "reel/models/layers/gru.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) { return make_review_model("gru", {GRU(config["units"])}, config); }

}  // namespace

ZooModel zoo_gru() {
  ZooModel model = review_model("gru", "GRU(128) over the last 500 words of a film review: liked or not", build,
                                recurrence_options(128));
  model.epoch_seconds = 13;
  return model;
}

}  // namespace reel
