// Sequential: weights into files and back, and the files that are no such thing.
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

Sequential mlp(uint64_t seed, int64_t hidden = 3) {
  return Sequential({Input({2}), Dense(hidden, {.activation = tanh}), Dense(1)}, {.seed = seed});
}

TEST_CASE("saved weights come back, and so do predictions", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "model.npz";
  const Tensor x = Tensor::randn({5, 2}, 1);
  Sequential saved = mlp(1), loaded = mlp(2);
  CHECK(saved.weights_sha256() != loaded.weights_sha256());
  loaded.predict(x);  // a program that is compiled already sees the new weights
  saved.save_weights(path, R"({"epochs": 3})");
  loaded.load_weights(path);
  CHECK(saved.weights_sha256() == loaded.weights_sha256());
  const Tensor a = saved.predict(x), b = loaded.predict(x);
  for (int64_t i = 0; i < a.size(); ++i) CHECK(a.at(i) == b.at(i));

  const WeightsFile file = read_weights_file(path);
  CHECK(file.note == R"({"epochs": 3})");
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  CHECK(names == std::vector<std::string>{"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"});
}

TEST_CASE("weights of another model are refused, and none is changed", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  Sequential model = mlp(1);
  const std::string before = model.weights_sha256();
  mlp(2, 4).save_weights(folder / "wider.npz");
  CHECK_THROWS_WITH(model.load_weights(folder / "wider.npz"),
                    Contains("dense/kernel") && Contains("[2, 4]") && Contains("[2, 3]"));
  Sequential({Input({2}), Dense(3)}, {}).save_weights(folder / "shallow.npz");
  CHECK_THROWS_WITH(model.load_weights(folder / "shallow.npz"), Contains("dense_1/kernel"));
  Sequential({Input({2}), Dense(3), Dense(1), Dense(1)}, {}).save_weights(folder / "deep.npz");
  CHECK_THROWS_WITH(model.load_weights(folder / "deep.npz"), Contains("6") && Contains("4"));
  save_npz(folder / "arrays.npz", {{"x", Tensor::zeros({2, 3})}});
  CHECK_THROWS_AS(model.load_weights(folder / "arrays.npz"), DataError);
  testing::write_text(folder / "text.npz", "not an archive");
  CHECK_THROWS_AS(model.load_weights(folder / "text.npz"), DataError);
  CHECK_THROWS_AS(model.load_weights(folder / "missing.npz"), DataError);
  CHECK_THROWS_AS(model.set_weights({Tensor::zeros({2, 3})}), ShapeError);
  CHECK(model.weights_sha256() == before);
}

TEST_CASE("files in which a cell's weights are called after its layer alone are read", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  Sequential model({Input({3, 2}), SimpleRNN(4, {.name = "reader"})}, {.seed = 1});
  CHECK(model.weights()[0].first == "reader/simple_rnn_cell/kernel");
  const Tensor kernel = Tensor::randn({2, 4}, 1), recurrent = Tensor::randn({4, 4}, 2), bias = Tensor::randn({4}, 3);
  save_npz(folder / "w.npz",
           {{"reader/kernel", kernel}, {"reader/recurrent_kernel", recurrent}, {"reader/bias", bias}});
  model.load_weights(folder / "w.npz");
  CHECK(model.weights()[0].second.at(5) == kernel.at(5));
  CHECK(model.weights()[2].second.at(3) == bias.at(3));
}

/// Scales by a number.
class Scale : public Layer {
 public:
  std::string class_name() const override { return "Scale"; }
  void build(const Type&) override { factor_ = add_weight("factor", {}, Ones{}); }
  Var call(Call& call, Var x) const override { return x * call[factor_]; }

 private:
  Variable factor_;
};

TEST_CASE("an empty tensor is no value of a weight, not even of a scalar", "[sequential][weights]") {
  Sequential model({Input({2}), Scale()}, {});
  CHECK_THROWS_WITH(model.set_weights({Tensor()}), "set_weights: \"scale/factor\" is f32[], got nothing");
  CHECK_NOTHROW(model.set_weights({Tensor::scalar(2)}));
}

TEST_CASE("a file cut short anywhere is refused, and no weight is changed", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "model.npz";
  mlp(2).save_weights(path);
  const testing::Bytes whole = read_file(path);
  Sequential model = mlp(1);
  const std::string before = model.weights_sha256();
  for (size_t length = 0; length < whole.size(); length += 7) {
    testing::write_text(path, std::string(text_of(whole).substr(0, length)));
    INFO("length " << length);
    CHECK(testing::complaint([&] { model.load_weights(path); }).find(path) == 0);
    CHECK(model.weights_sha256() == before);
  }
}

TEST_CASE("a model that is not built has no weights to save or to load into", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  mlp(1).save_weights(folder / "model.npz");
  Sequential model({Dense(3), Dense(1)});
  CHECK_THROWS_WITH(model.load_weights(folder / "model.npz"), Contains("load_weights") && Contains("not built"));
  CHECK_THROWS_WITH(model.save_weights(folder / "empty.npz"), Contains("not built"));
  CHECK_THROWS_WITH(model.set_weights({}), Contains("not built"));
  CHECK_FALSE(std::filesystem::exists(folder / "empty.npz"));
}

TEST_CASE("weights are not written under the name of another format", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  const auto refused = [&](const std::string& name) {
    CHECK_THROWS_AS(mlp(1).save_weights(folder / name), ValueError);
    return !std::filesystem::exists(folder / name);
  };
  for (const char* name :
       {"m.h5", "m.hdf5", "m.keras", "m.Keras", "m.pt", "m.pth", "m.onnx", "m.tflite", "m.pkl", "m.npy", "m.npz.gz"}) {
    CAPTURE(name);
    CHECK(refused(name));
  }
  CHECK_THROWS_WITH(mlp(1).save_weights("m.h5"),
                    "save_weights: m.h5: is by its name an HDF5 file, what is written is a NumPy archive (.npz)");
  for (const char* name : {"m.npz", "m.NPZ", "m", "m.weights", "m.v2"})
    CHECK_NOTHROW(mlp(1).save_weights(folder / name));
}

TEST_CASE("a file of another format is told for what it is", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "m";
  const auto complaint = [&](const std::string& text) {
    testing::write_text(path, text);
    return testing::complaint([&] { mlp(1).load_weights(path); });
  };
  const auto not_read = [&](const std::string& kind) {
    return path + ": looks like " + kind + ", which Reel does not read; weights are read from a NumPy archive (.npz)";
  };
  CHECK(complaint("\x89HDF\r\n\x1a\n" + std::string(100, '\0')) ==
        path + ": /: at byte 15: expected addresses and lengths of 2, 4 or 8 bytes, got 0 and 0");
  const ZipEntry keras[] = {{"metadata.json", testing::to_bytes("{}")}, {"model.weights.h5", testing::to_bytes("x")}};
  CHECK(complaint(std::string(text_of(write_zip(keras)))) == path + ": expected a Keras model, which has config.json");
  const ZipEntry torch[] = {{"m/data.pkl", testing::to_bytes("x")}};
  CHECK(complaint(std::string(text_of(write_zip(torch)))) == not_read("a PyTorch file"));
  CHECK(complaint("") == path + ": expected a ZIP archive, got an empty file");
}

TEST_CASE("names that no archive can hold are refused, and nothing is written", "[sequential][weights]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "model.npz";
  const auto named = [](const std::string& name) { return Sequential({Input({2}), Dense(3, {.name = name})}, {}); };
  // "/kernel.npy" follows.
  const std::string longest(65535 - 11, 'x');
  named(longest).save_weights(path);
  CHECK_NOTHROW(named(longest).load_weights(path));
  CHECK_THROWS_WITH(named(longest + "x").save_weights(folder / "long.npz"),
                    "zip: a name can have 65535 bytes, got 65536, of '" + longest.substr(0, 40) + "...'");
  CHECK_THROWS_WITH(named(std::string("a\0b", 3)).save_weights(folder / "nul.npz"),
                    "zip: a name cannot have a NUL, got one after 'a'");
  CHECK_FALSE(std::filesystem::exists(folder / "long.npz"));
  CHECK_FALSE(std::filesystem::exists(folder / "nul.npz"));
}

}  // namespace
}  // namespace reel
