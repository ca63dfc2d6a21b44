// Models into files of Keras and back, and what PyTorch has saved.
#include <catch2/catch.hpp>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/files/keras2_config.h"
#include "reel/models/files/keras_file.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/safetensors.h"
#include "reel/reel.h"

namespace reel {
namespace {

using Catch::Contains;

Sequential compiled(uint64_t seed) {
  Sequential model({Input({3}), Dense(4, {.activation = relu}), BatchNormalization(), Dense(2)}, {.seed = seed});
  model.compile({.loss = "mse", .optimizer = Adam{.learning_rate = 0.05}, .metrics = {"mae"}});
  return model;
}

const Tensor& rows_of_x() {
  static const Tensor x = Tensor::randn({12, 3}, 1);
  return x;
}
const Tensor& rows_of_y() {
  static const Tensor y = Tensor::randn({12, 2}, 2);
  return y;
}

std::vector<double> losses(Model& model, int steps) {
  std::vector<double> all;
  for (int step = 0; step < steps; ++step) all.push_back(model.train_on_batch(rows_of_x(), rows_of_y())["loss"]);
  return all;
}

TEST_CASE("a training goes on from a file of Keras's to the same bits", "[files]") {
  for (const std::string kind : {".keras", ".h5"}) {
    INFO(kind);
    const testing::TemporaryFolder folder;
    Sequential model = compiled(1);
    losses(model, 3);
    model.save(folder / ("m" + kind), "a note");
    Model again = Model::load(folder / ("m" + kind));
    CHECK(again.weights_sha256() == model.weights_sha256());
    CHECK(losses(again, 3) == losses(model, 3));
    CHECK(again.weights_sha256() == model.weights_sha256());
    CHECK(read_keras_file(read_file(folder / ("m" + kind)), "m").note == "a note");
  }
}

TEST_CASE("weights alone go into a model that is there, with what the optimizer keeps", "[files]") {
  const testing::TemporaryFolder folder;
  Sequential model = compiled(1), other = compiled(2);
  losses(model, 2);
  model.save_weights(folder / "m.weights.h5");
  other.load_weights(folder / "m.weights.h5");
  CHECK(losses(other, 2) == losses(model, 2));

  model.save_weights(folder / "m.safetensors", "a note");
  Sequential third = compiled(3);
  third.load_weights(folder / "m.safetensors");
  CHECK(third.weights_sha256() == model.weights_sha256());
  CHECK(read_safetensors(read_file(folder / "m.safetensors"), "m").metadata.at(0).second == "a note");
}

TEST_CASE("the same model gives the same bytes", "[files]") {
  const testing::TemporaryFolder folder;
  for (const std::string name : {"m.keras", "m.h5"}) {
    const Sequential model = compiled(1);
    model.save(folder / name);
    const std::vector<std::byte> first = read_file(folder / name);
    model.save(folder / name);
    CHECK(first == read_file(folder / name));
  }
}

TEST_CASE("weights of other shapes are refused, and none is changed", "[files]") {
  const testing::TemporaryFolder folder;
  Sequential wider({Input({3}), Dense(4), BatchNormalization(), Dense(5)});
  wider.save(folder / "wider.keras");
  wider.save(folder / "wider.h5");
  Sequential model = compiled(1);
  const std::string before = model.weights_sha256();
  CHECK_THROWS_WITH(model.load_weights(folder / "wider.keras"), Contains("layers/dense_1") && Contains("[4, 5]"));
  CHECK_THROWS_WITH(model.load_weights(folder / "wider.h5"), Contains("layer \"dense_1\"") && Contains("[4, 5]"));
  CHECK(model.weights_sha256() == before);
  model.load_weights(folder / "wider.h5", {.by_name = true, .skip_mismatch = true});
  CHECK(model.get_weights()[0].at(3) == wider.get_weights()[0].at(3));
  CHECK(model.weights_sha256() != wider.weights_sha256());
}

TEST_CASE("layers are found by name", "[files]") {
  const testing::TemporaryFolder folder;
  const Dense shared(4, {.name = "shared"});
  const Sequential from({Input({3}), shared, Dense(1, {.name = "head"})});
  from.save(folder / "from.h5");
  Sequential to({Input({3}), Dense(4, {.name = "shared"}), Dense(7, {.name = "other_head"})}, {.seed = 9});
  to.load_weights(folder / "from.h5", {.by_name = true});
  CHECK(to.get_weights()[0].at(5) == from.get_weights()[0].at(5));
  CHECK_THROWS_AS(to.load_weights(folder / "from.h5"), DataError);
}

TEST_CASE("configs of Keras 2 that are none are told, and lack nothing that has a default", "[files]") {
  const auto upgraded = [](const char* text) { return from_keras2(Config::parse(text)).str(); };
  CHECK_THROWS_AS(upgraded("[1]"), ValueError);
  CHECK_THROWS_AS(upgraded(R"({"class_name": "Sequential", "config": [1]})"), ValueError);
  CHECK(upgraded(R"({"class_name": "Sequential", "config": [{"class_name": "BatchNormalization", "config": {}}]})")
            .find("axis") == std::string::npos);
  CHECK(upgraded_compile_config(Config::parse(R"({"metrics": [{"class_name": "MeanMetricWrapper", "config": 1}]})"))
            .str()
            .find("MeanMetricWrapper") != std::string::npos);
}

TEST_CASE("a model that was not compiled is loaded without a warning", "[files]") {
  const testing::TemporaryFolder folder;
  KerasFile file = [&] {
    Sequential({Input({2}), Dense(1)}).save(folder / "m.keras");
    return read_keras_file(read_file(folder / "m.keras"), "m.keras");
  }();
  file.compiled = Config::parse("{}");
  write_file_atomically(folder / "empty.keras", write_keras_file(file));
  CHECK(read_keras_file(read_file(folder / "empty.keras"), "empty.keras").compiled == Config());
}

TEST_CASE("what is no model is told", "[files]") {
  const testing::TemporaryFolder folder;
  const auto load = [&](const std::string& name, std::string_view text) {
    write_file_atomically(folder / name, bytes_of(text));
    Model::load(folder / name);
  };
  CHECK_THROWS_AS(load("text.keras", "text"), DataError);
  CHECK_THROWS_WITH(load("head.h5", "\x89HDF\r\n\x1a\n"), Contains("expected an HDF5 file"));
  const Sequential model = compiled(1);
  CHECK_THROWS_WITH(model.save(folder / "m.npz"), Contains("NAME.keras or NAME.h5"));
  model.save_weights(folder / "m.weights.h5");
  CHECK_THROWS_WITH(Model::load(folder / "m.weights.h5"), Contains("holds weights alone"));
  model.save(folder / "whole.keras");
  std::vector<std::byte> cut = read_file(folder / "whole.keras");
  cut.resize(cut.size() / 2);
  write_file_atomically(folder / "cut.keras", cut);
  CHECK_THROWS_AS(Model::load(folder / "cut.keras"), DataError);
}

/// What PyTorch computed, of make_cases.py.
void check_torch(const std::string& name, Model model) {
  const std::string cases = REEL_SOURCE_DIR "/tests/torch/cases/" + name;
  model.load_weights(cases + ".safetensors", {.torch = true});
  NamedTensors data = read_safetensors(read_file(cases + "-data.safetensors"), name).tensors;
  const auto at = [&](const char* key) {
    return std::ranges::find(data, key, [](auto& pair) { return pair.first; })->second;
  };
  const Tensor ours = model.predict(at("x")), theirs = at("y");
  REQUIRE(ours.shape() == theirs.shape());
  for (int64_t i = 0; i < ours.size(); ++i) CHECK(ours.at(i) == Approx(theirs.at(i)).epsilon(1e-5).margin(1e-6));
}

TEST_CASE("a state_dict of PyTorch's is loaded by the names of its modules", "[files]") {
  check_torch("lstm", Sequential({Input({6}), Embedding(9, 4, {.name = "embedding"}), LSTM(5, {.name = "lstm"}),
                                  Dense(2, {.name = "head"})}));
  check_torch("two_ways", Sequential({Input({5, 3}), Bidirectional(GRU(4, {.return_sequences = true}), {.name = "gru"}),
                                      LayerNormalization({.name = "norm"})}));
  check_torch("stacked", Sequential({Input({5, 3}), SimpleRNN(4, {.return_sequences = true, .name = "rnn"}),
                                     SimpleRNN(4, {.return_sequences = true, .name = "rnn_l1"})}));
  check_torch(
      "pictures",
      Sequential({Input({6, 6, 2}), Conv2D(3, 3, {.name = "conv"}), BatchNormalization({.name = "norm"}), ReLU(),
                  Lambda([](Var x) { return reduce_mean(x, 2); }), Conv1D(2, 2, {.use_bias = false, .name = "line"})}));
  Sequential other({Input({6}), Embedding(9, 4, {.name = "table"})});
  CHECK_THROWS_WITH(other.load_weights(REEL_SOURCE_DIR "/tests/torch/cases/lstm.safetensors", {.torch = true}),
                    Contains("has no module \"table\""));
}

TEST_CASE("safetensors: names that are no UTF-8 are refused", "[files]") {
  const Safetensors content{{{"\xff", Tensor::zeros({1})}}, {}};
  CHECK_THROWS_WITH(write_safetensors(content), "safetensors: expected names and metadata in UTF-8, got other bytes");
}

}  // namespace
}  // namespace reel
