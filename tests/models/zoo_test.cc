#include "reel/models/zoo/zoo.h"

#include <catch2/catch.hpp>
#include <set>

#include "models/temporary_folder.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/reviews.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

TEST_CASE("models of the zoo have names of their own and are found by them", "[zoo]") {
  std::set<std::string_view> names;
  for (const ZooModel& model : zoo_models()) {
    CHECK(names.insert(model.name).second);
    CHECK(find_zoo_model(model.name) == &model);
  }
  CHECK(find_zoo_model("simple") == nullptr);
}

TEST_CASE("a seed decides a zoo model's weights", "[zoo]") {
  for (const ZooModel& model : zoo_models()) {
    const auto sha256 = [&](uint64_t seed) { return model.build(model.config(seed)).weights_sha256(); };
    CHECK(sha256(1) == sha256(1));
    CHECK(sha256(1) != sha256(2));
  }
}

TEST_CASE("without IMDB the zoo's reviews are generated, ten of them held out", "[zoo]") {
  const testing::TemporaryFolder folder;
  const testing::ScopedVariable home("HOME", folder.path()), data_folder("REEL_DATA", std::nullopt);
  const testing::ScopedVariable keras("KERAS_HOME", std::nullopt), cache("XDG_CACHE_HOME", std::nullopt);
  std::string said;
  ZooDataOptions options;
  options.rows = 30;
  options.config = find_zoo_model("simple_rnn")->config();
  options.say = [&](const std::string& line) { said += line; };
  const ZooData data = load_reviews(options);
  CHECK_THAT(said, Catch::Contains("BUILT-IN CORPUS"));
  CHECK(data.x.type() == Type{DType::i32, {30, kReviewSteps}});
  CHECK(data.validation_x.shape() == Shape{30, kReviewSteps});
  CHECK(data.held_out_x.shape() == Shape{kHeldOutReviews, kReviewSteps});
  // What is shown of a review, given back to the model, is the review.
  const Tensor first = data.held_out_x.slice_rows(0, 1);
  std::string text;
  for (const int32_t id : first.data<int32_t>()) {
    if (id > 3) text += data.words.at(static_cast<size_t>(id) - 3) + " ";
  }
  const Tensor again = encode_review_text(text, data.words, options.config);
  for (int64_t i = 0; i < again.size(); ++i) REQUIRE(again.at(i) == first.at(i));
}

/// A model that gives what it gets.
ZooTrained given(int64_t features) {
  Input x({features});
  return {Model(x, IdentityLayer()(x)), {}};
}

TEST_CASE("few rows serve every purpose, more are split", "[zoo]") {
  const testing::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + ",0\n";
    if (i == 4) testing::write_text(folder / "few.csv", text);
  }
  testing::write_text(folder / "many.csv", text);
  ZooDataOptions options;
  options.path = folder / "few.csv";
  const ZooData few = load_autoencoder_rows(options, 0);
  CHECK(few.x.shape() == Shape{5, 2});
  CHECK(few.held_out_x.shape() == Shape{5, 2});
  ZooTrained same = given(2);
  CHECK_THAT(show_reconstruction_errors(few, same), Catch::StartsWith("Reconstructions of 5 rows trained on:"));
  options.rows = 1;
  const ZooData one = load_autoencoder_rows(options, 0);
  CHECK_THAT(show_reconstruction_errors(one, same), Catch::StartsWith("Reconstructions of 1 row trained on:"));
  CHECK_THAT(one.source,
             Catch::EndsWith("; 1 row of 2, too few to split: what is trained on also validates and is shown"));
  options.rows = 0;
  options.path = folder / "many.csv";
  const ZooData many = load_autoencoder_rows(options, 0);
  CHECK(many.x.shape() == Shape{80, 2});
  CHECK(many.x.read(0, 1).at(0) == 10);
  CHECK(many.validation_x.read(0, 1).at(0) == 90);
  CHECK(many.held_out_x.shape() == Shape{10, 2});
  CHECK_THAT(show_reconstruction_errors(many, same), Catch::StartsWith("Reconstructions of 10 held-out rows:"));
  options.rows = 7;
  CHECK(load_autoencoder_rows(options, 0).x.shape() == Shape{7, 2});
  CHECK(load_autoencoder_rows(options, 0).validation_x.shape() == Shape{7, 2});
}

}  // namespace
}  // namespace reel
