// The order of sums, held against what it was: small trainings of every model of the zoo come to the same bits on every
// SIMD target, for any number of threads, and in any build. A change that is meant changes docs/reproducibility.md,
// too.
#include <catch2/catch.hpp>
#include <map>

#include "ops/simd_targets.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/zoo/zoo.h"

namespace reel::testing {
namespace {

constexpr int64_t kWords = 24, kFeatures = 50;

const std::map<std::string_view, std::string_view>& expected_hashes() {
  static const std::map<std::string_view, std::string_view> hashes = {
      {"simple_rnn", "3fab5a51752e845d65dc77fc7152b479a9fbd2349e682f08a4157f788b8545ae"},
      {"lstm", "e8a88a81f4c4bd416fb51b4e31216504e0b68a244c3740dc01773daa5fe22960"},
      {"gru", "084bd6c8693a98214d07dd79b3d96a9ceab9d376a26b2d13ea2138b223f43d72"},
      {"autoencoder", "341a0e1012576c0f5b002246da06f5b4f33cd425e97e14c3732b5b09d3ffea3d"},
      {"autoencoder_images", "a3877262252b740b94c5f442cfb1ee689f30ccfe85301fe534664bd32df8571d"},
  };
  return hashes;
}

/// Reviews of many lengths, padded before, so that they begin alike; few words, so that some come often.
Tensor reviews(int64_t count) {
  Random random(1);
  Tensor ids = Tensor::zeros({count, kWords}, DType::i32);
  const auto data = ids.data<int32_t>();
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t step = random.below(kWords); step < kWords; ++step) {
      data[static_cast<size_t>(row * kWords + step)] = static_cast<int32_t>(1 + random.below(30));
    }
  }
  return ids;
}

Tensor labels(int64_t count) {
  Random random(2);
  Tensor y = Tensor::zeros({count});
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  return y;
}

/// The weights of a small model after two steps; rows of several leaves, the last of which is not full.
std::string trained_hash(const ZooModel& zoo) {
  Sequential model = zoo.build({.seed = 3, .steps = kWords, .features = kFeatures, .encoding_size = 8});
  const bool is_text = zoo.kind == ZooKind::text;
  const int64_t count = is_text ? 37 : 201;
  const Tensor x = is_text ? reviews(count) : Tensor::uniform({count, kFeatures}, 0, 1, 4);
  const Tensor y = is_text ? labels(count) : x;
  for (int step = 0; step < 2; ++step) model.train_on_batch(x, y);
  return model.weights_sha256();
}

TEST_CASE("same bits: small trainings of the zoo are what they were", "[zoo][same_bits][targets]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for (const int count : {1, 2, 5}) {
      const WithThreads with(count);
      for (const ZooModel& zoo : zoo_models()) {
        INFO(zoo.name << ", " << hwy::TargetName(target) << ", " << count << " threads");
        const auto expected = expected_hashes().find(zoo.name);
        REQUIRE(expected != expected_hashes().end());
        CHECK(trained_hash(zoo) == expected->second);
      }
    }
  }
}

}  // namespace
}  // namespace reel::testing
