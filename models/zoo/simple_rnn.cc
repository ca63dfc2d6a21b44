// SimpleRNNLearner of the AIMA notebooks: does a reviewer like the film?
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) { return make_review_model("simple_rnn", {SimpleRNN(config["units"])}, config); }

}  // namespace

ZooModel zoo_simple_rnn() {
  ZooModel model = review_model("simple_rnn", "SimpleRNN(128) over the last 500 words of a film review: liked or not",
                                build, recurrence_options(128));
  model.epoch_seconds = 6;
  return model;
}

}  // namespace reel
