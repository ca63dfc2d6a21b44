// A model's passes reach all of its programs, and its training steps can be profiled.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "reel/graph/random.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

constexpr int64_t kReviews = 48, kSteps = 7, kWords = 8;

struct Reviews {
  Tensor x{DType::i32, {kReviews, kSteps}}, y{DType::f32, {kReviews, 1}};

  Reviews() {
    Random random(9);
    for (int64_t i = 0; i < x.size(); ++i) {
      x.data<int32_t>()[i] = i % kSteps < 3 ? 0 : static_cast<int32_t>(random.below(kWords));
    }
    for (int64_t i = 0; i < kReviews; ++i) y.data<float>()[i] = static_cast<float>(random.below(2));
  }
};

Sequential network(const Passes& passes) {
  Sequential model({Embedding(kWords, 6, {.input_length = kSteps}), SimpleRNN(33), Dense(1, {.activation = sigmoid})},
                   {.seed = 4});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}, .passes = passes});
  return model;
}

std::map<std::string, int64_t> ops_of_training(Sequential& model, const Reviews& reviews) {
  model.enable_profile();
  model.train_on_batch(reviews.x, reviews.y);
  std::map<std::string, int64_t> ops;
  for (const ProfileEntry& entry : model.training_profile().ops) ops[entry.op] = entry.nodes;
  return ops;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (int64_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a.at(i) - b.at(i)));
  return most;
}

TEST_CASE("a model without any one pass computes the same by another program", "[sequential][passes]") {
  constexpr double kRounding = 1e-5;  // gradients of f32 sums of a few hundred terms, all of them below 1
  const Reviews reviews;
  Sequential whole = network({});
  const std::vector<Tensor> gradients = whole.gradients(reviews.x, reviews.y);
  const Tensor predictions = whole.predict(reviews.x);
  const Logs logs = whole.evaluate(reviews.x, reviews.y);
  const auto ops = ops_of_training(whole, reviews);
  std::set<std::string> changing;
  for (const PassName& pass : kPasses) {
    CAPTURE(pass.name);
    Passes passes;
    passes.switch_off(pass.name);
    Sequential model = network(passes);
    CHECK(model.compile_options().passes == passes);
    const std::vector<Tensor> own = model.gradients(reviews.x, reviews.y);
    REQUIRE(own.size() == gradients.size());
    for (size_t i = 0; i < own.size(); ++i) CHECK(largest_difference(own[i], gradients[i]) < kRounding);
    CHECK(largest_difference(model.predict(reviews.x), predictions) < kRounding);
    CHECK(model.evaluate(reviews.x, reviews.y)["loss"] == Approx(logs["loss"]).epsilon(kRounding));
    if (ops_of_training(model, reviews) != ops) changing.emplace(pass.name);
  }
  // Others find nothing to do in this model: tests/graph/passes_test.cc has work for all.
  for (const char* pass : {"hoist", "share_prefixes", "prepack"}) CHECK(changing.contains(pass));
}

TEST_CASE("profiling a model's training steps", "[sequential]") {
  const Reviews reviews;
  Sequential model = network({});
  CHECK(model.training_profile().runs == 0);
  model.train_on_batch(reviews.x, reviews.y);
  CHECK(model.training_profile().ops.empty());
  model.enable_profile();
  for (int i = 0; i < 3; ++i) model.train_on_batch(reviews.x, reviews.y);
  model.evaluate(reviews.x, reviews.y);
  CHECK(model.training_profile().runs == 3);
  CHECK(model.training_profile().op_seconds > 0);
  model.compile(CompileOptions(model.compile_options()));
  CHECK(model.training_profile().runs == 0);
  model.train_on_batch(reviews.x, reviews.y);  // by a new program, which is profiled too
  CHECK(model.training_profile().runs == 1);
}

}  // namespace
}  // namespace reel
