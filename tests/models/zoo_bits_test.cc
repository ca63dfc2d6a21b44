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

/// Options by which each model is small.
const std::map<std::string_view, std::map<std::string, int64_t>>& small_options() {
  static const std::map<std::string_view, std::map<std::string, int64_t>> options = {
      {"simple_rnn", {{"steps", 24}}},
      {"lstm", {{"steps", 24}}},
      {"gru", {{"steps", 24}}},
      {"bidirectional_lstm", {{"steps", 24}, {"units", 8}, {"embedding", 8}}},
      {"stacked_rnn", {{"steps", 24}, {"units", 8}, {"classes", 3}}},
      {"transformer_text", {{"steps", 24}, {"embedding", 8}}},
      {"autoencoder", {{"features", 50}, {"encoding_size", 8}}},
      {"autoencoder_images", {{"features", 50}, {"encoding_size", 8}}},
      {"sparse_autoencoder", {{"features", 50}, {"encoding_size", 8}}},
      {"denoising_autoencoder", {{"features", 50}, {"encoding_size", 8}}},
      {"convolutional_autoencoder", {{"features", 64}, {"filters", 4}}},
      {"variational_autoencoder", {{"features", 50}, {"encoding_size", 4}, {"units", 16}}},
      {"lstm_autoencoder", {{"features", 36}, {"encoding_size", 8}}},
      {"mlp", {{"features", 50}, {"units", 16}}},
      {"convnet", {{"features", 64}, {"filters", 4}}},
      {"perceptron", {}},
      {"neural_net", {}},
      {"char_lm", {{"steps", 12}, {"units", 8}, {"kinds", 31}}},
      {"seq2seq_addition", {{"units", 8}}},
      {"adding_problem", {{"steps", 12}, {"units", 8}}},
      {"copy_memory", {{"steps", 4}, {"units", 8}}},
      {"timeseries_forecast", {{"window", 12}, {"units", 8}, {"columns", 2}}},
      {"timeseries_anomaly", {{"window", 12}, {"filters", 4}}},
  };
  return options;
}

const std::map<std::string_view, std::string_view>& expected_hashes() {
  static const std::map<std::string_view, std::string_view> hashes = {
      {"simple_rnn", "3fab5a51752e845d65dc77fc7152b479a9fbd2349e682f08a4157f788b8545ae"},
      {"lstm", "e8a88a81f4c4bd416fb51b4e31216504e0b68a244c3740dc01773daa5fe22960"},
      {"gru", "084bd6c8693a98214d07dd79b3d96a9ceab9d376a26b2d13ea2138b223f43d72"},
      {"bidirectional_lstm", "e548f9bc7e3f35df8bf1bd0d0aaca2266c3032c2815aae7b5cef88f65e4eed0f"},
      {"stacked_rnn", "5c97081ffd3ec0f5e52debbc098dc235456fe063ba9648aa80e6fab0c1346008"},
      {"transformer_text", "8155908e9143353875a3997d6c69ca664e86ea6f44182ec614f95bf67378f822"},
      {"autoencoder", "341a0e1012576c0f5b002246da06f5b4f33cd425e97e14c3732b5b09d3ffea3d"},
      {"autoencoder_images", "a3877262252b740b94c5f442cfb1ee689f30ccfe85301fe534664bd32df8571d"},
      {"sparse_autoencoder", "42900a72c0e047b407bc125184704c7c0d75c33bbadcc4853472466275fed0f3"},
      {"denoising_autoencoder", "d6e448113fdacdb974924587506de6938374e5dbf2d96d55b1b5e83e31e0152c"},
      {"convolutional_autoencoder", "14d67cfe31783f32a667fd1e008bc8d15a8c475d2fc47c00ab93e298beb7786c"},
      {"variational_autoencoder", "bff466a5d40dfeeb208af9241b92fbdf754ab10f4f8735d986743ef5f22b6a1b"},
      {"lstm_autoencoder", "038844e94b9851ca4f0e6d9405946b21934d9793dd5746e73fc0f3ccc1120e56"},
      {"mlp", "05b5de7349b1d5e3f993adf520d99cdbb7c5ec5b1901ecbd330b55b58036068c"},
      {"convnet", "7c3dcec51b5cea8bdcc714d1bc05073a1134d2ea0250852b5ffe7612307295a1"},
      {"perceptron", "36b8b212d21a8bb865bb2b2953314ee0ac764871161fe8848a29c020b6ccf512"},
      {"neural_net", "3fe1eb1c13afc286dfc911f9b4bd9a65ec83896e8a285c019bcc215c0ecf2df2"},
      {"char_lm", "f2deb2671c00a3cb376b9c05300872a1d7de3bb7c9d9e25d2804b80aae8e28db"},
      {"seq2seq_addition", "8e1241e7ea64d15ac1b1bfd7e34d19400ca9e911709e14f0e4e3c9ae3da0fd3b"},
      {"adding_problem", "5991fedea125a8c21b40036c15c0bbfdb795e72532b5fa9a421d10c89a155b93"},
      {"copy_memory", "6a6c3537ab15e3bc9ec535268e6aface5dc6f02a8c1d9e5f995bde5a18b13ba3"},
      {"timeseries_forecast", "6e8393a5005ea22c3ffee61fd752f222d645a0c5847ebd7cfe6494bd3ba0185d"},
      {"timeseries_anomaly", "5108c5941607d0649170694a31ee2b4559c6276269536c19693c2cdce8904024"},
  };
  return hashes;
}

/// Sequences of many lengths, padded before, so that they begin alike; few ids, so that some come often.
Tensor ids(int64_t count, int64_t steps, uint32_t kinds) {
  Random random(1);
  Tensor out = Tensor::zeros({count, steps}, DType::i32);
  const auto data = out.data<int32_t>();
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t step = random.below(static_cast<uint32_t>(steps)); step < steps; ++step) {
      data[static_cast<size_t>(row * steps + step)] = static_cast<int32_t>(1 + random.below(kinds));
    }
  }
  return out;
}

Tensor classes(const Shape& shape, int64_t kinds) {
  Random random(2);
  Tensor y(DType::i32, shape);
  for (int32_t& label : y.data<int32_t>()) label = static_cast<int32_t>(random.below(static_cast<uint32_t>(kinds)));
  return y;
}

/// What the model is to give of x.
Tensor targets(const ZooModel& zoo, const Model& model, const Tensor& x) {
  const int64_t count = x.shape()[0];
  const Shape output = model.outputs().at(0).type().at(1).shape.with_lead(count);
  if (zoo.kind == ZooKind::autoencoder) return x;
  if (zoo.kind == ZooKind::reviews) return classes({count}, std::max<int64_t>(2, output.back())).cast(DType::f32);
  if (zoo.targets_are_classes) return classes(output.without_axis(output.rank() - 1), output.back());
  return Tensor::uniform(output, 0, 1, 5);
}

/// The weights of a small model after two steps; rows of several leaves, the last of which is not full.
std::string trained_hash(const ZooModel& zoo) {
  ZooConfig config = zoo.config(3);
  config.take(small_options().at(zoo.name));
  Model model = zoo.build(config);
  const Type input = model.inputs().at(0).type().at(1);
  const int64_t count = zoo.kind == ZooKind::autoencoder ? 201 : 37;
  const Tensor x = input.dtype == DType::i32 ? ids(count, input.shape[1], zoo.name == "copy_memory" ? 9 : 30)
                                             : Tensor::uniform(input.shape.with_lead(count), 0, 1, 4);
  const Tensor y = targets(zoo, model, x);
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
