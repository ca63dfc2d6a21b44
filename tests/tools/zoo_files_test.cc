// reel-zoo on files: convert, summary, predict and train --from, and what they say of files that do not fit.
#include <algorithm>
#include <catch2/catch.hpp>

#include "models/temporary_folder.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/read_file.h"
#include "reel/reel.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Ran;
using testing::ZooFolder;

Tensor rows_of_x() { return Tensor::randn({12, 3}, 1); }
Tensor rows_of_y() { return Tensor::randn({12, 2}, 2); }

Sequential compiled() {
  Sequential model({Input({3}), Dense(4, {.activation = relu, .name = "hidden"}), Dense(2, {.name = "head"})},
                   {.seed = 1});
  model.compile({.loss = "mse", .optimizer = Adam{.learning_rate = 0.05}, .metrics = {"mae"}});
  return model;
}

void write_array(const std::string& path, const Tensor& tensor) {
  const std::vector<std::byte> bytes = write_npy(tensor);
  testing::write_text(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Tensor read_array(const std::string& path) { return read_npy(read_file(path), path); }

void check_same(const Tensor& a, const Tensor& b) {
  REQUIRE(a.type() == b.type());
  for (int64_t i = 0; i < a.size(); ++i) CHECK(a.at(i) == b.at(i));
}

TEST_CASE("convert writes every kind of file, and the weights stay", "[zoo][files]") {
  const ZooFolder folder;
  Sequential model = compiled();
  model.train_on_batch(rows_of_x(), rows_of_y());
  model.save(folder / "a.keras");
  for (const std::string to : {"b.h5", "b.keras", "b.weights.h5", "b.npz", "b.safetensors"}) {
    INFO(to);
    const Ran ran = folder.run("convert a.keras " + to);
    CHECK(ran.code == 0);
    CHECK(ran.out == to + ": written\n");
    Sequential again = compiled();
    again.load_weights(folder / to);
    CHECK(again.weights_sha256() == model.weights_sha256());
  }
  // A whole model goes there and back.
  CHECK(folder.run("convert b.h5 c.keras").code == 0);
  const auto config_of_file = [&](const std::string& name) {
    return LayerPtr(Model::load(folder / name)).config().str();
  };
  CHECK(config_of_file("c.keras") == config_of_file("a.keras"));
  CHECK(Model::load(folder / "c.keras").weights_sha256() == model.weights_sha256());
  CHECK(folder.run("convert b.npz c.safetensors").code == 0);
  CHECK(testing::read_text(folder / "c.safetensors") == testing::read_text(folder / "b.safetensors"));
}

TEST_CASE("convert says what is wrong, and writes nothing", "[zoo][files]") {
  const ZooFolder folder;
  compiled().save(folder / "a.keras");
  compiled().save_weights(folder / "w.npz");
  testing::write_text(folder / "text.keras", "text");
  CHECK_THAT(folder.complaint("convert a.keras b.pdf"), Contains("b.pdf: expected NAME.keras"));
  CHECK_THAT(folder.complaint("convert none.keras b.h5"), Contains("none.keras: cannot open"));
  CHECK_THAT(folder.complaint("convert text.keras b.h5"), Contains("text.keras"));
  CHECK_THAT(folder.complaint("convert w.npz b.keras"), Contains("holds weights alone"));
  CHECK_THAT(folder.complaint("convert a.keras none/b.h5"), Contains("none"));
  CHECK_THAT(folder.complaint("convert a.keras"), Contains("TO is missing"));
  for (const char* name : {"b.h5", "b.pdf", "b.keras"}) CHECK(!std::filesystem::exists(folder / name));
}

TEST_CASE("summary shows the model of a file", "[zoo][files]") {
  const ZooFolder folder;
  const Sequential model = compiled();
  for (const std::string name : {"a.keras", "a.h5"}) {
    model.save(folder / name);
    const Ran ran = folder.run("summary " + name);
    CHECK(ran.code == 0);
    CHECK(ran.out == model.summary());
  }
  model.save_weights(folder / "a.weights.h5");
  CHECK_THAT(folder.complaint("summary a.weights.h5"), Contains("does not say which model it belongs to"));
  CHECK_THAT(folder.complaint("summary b.keras"), Contains("b.keras"));
}

TEST_CASE("predict applies a file's model to rows, and a layer of it", "[zoo][files]") {
  const ZooFolder folder;
  Sequential model = compiled();
  model.save(folder / "a.keras");
  write_array(folder / "x.npy", rows_of_x());
  CHECK(folder.run("predict a.keras --data x.npy --out y.npy").code == 0);
  check_same(read_array(folder / "y.npy"), model.predict(rows_of_x()));
  CHECK(folder.run("predict a.keras --data x.npy --out h.npy --layer hidden").code == 0);
  CHECK(read_array(folder / "h.npy").shape() == Shape({12, 4}));
  CHECK(folder.run("predict a.keras --data x.npy --out y.npz").code == 0);
  check_same(load_npz(folder / "y.npz").at(0).second, model.predict(rows_of_x()));

  CHECK_THAT(folder.complaint("predict a.keras --data x.npy --out y.npy --layer tail"), Contains("tail"));
  CHECK_THAT(folder.complaint("predict a.keras --data x.npy"), Contains("--out is missing"));
  CHECK_THAT(folder.complaint("predict a.keras"), Contains("--text or --data is missing"));
  CHECK_THAT(folder.complaint("predict a.keras --text film"), Contains("reads no text"));
  CHECK_THAT(folder.complaint("predict a.keras --data x.npy --out x.npy"), Contains("x.npy"));
  write_array(folder / "wide.npy", Tensor::randn({2, 5}, 1));
  CHECK_THAT(folder.complaint("predict a.keras --data wide.npy --out y.npy"), Contains("5"));
}

TEST_CASE("predict reads texts where a file's model does", "[zoo][files]") {
  const ZooFolder folder;
  const std::string model = testing::quoted(REEL_SOURCE_DIR "/tests/vocabularies/indices.keras");
  const Ran ran = folder.run("predict " + model + " --text 'the cat sat' --text -", "nobody sat\n");
  CHECK(ran.code == 0);
  // What Keras predicts of these, tests/vocabularies/expected.json.
  CHECK_THAT(ran.out, Contains("0.00806574  the cat sat\n"));
  CHECK_THAT(ran.out, Contains("0.00955431  nobody sat\n"));
}

TEST_CASE("train --from goes on to the bits that fit goes on to", "[zoo][files]") {
  const ZooFolder folder;
  Sequential first = compiled();
  first.fit(rows_of_x(), rows_of_y(), {.batch_size = 12, .epochs = 2, .verbose = 0});
  first.save(folder / "a.keras");
  Model model = Model::load(folder / "a.keras");
  model.fit(rows_of_x(), rows_of_y(), {.batch_size = 12, .epochs = 3, .verbose = 0});
  write_array(folder / "x.npy", rows_of_x());
  write_array(folder / "y.npy", rows_of_y());
  const Ran ran = folder.run(
      "train --from a.keras --data x.npy --targets y.npy --epochs 3 --batch-size 12 --save b.keras --json r.json");
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK(Model::load(folder / "b.keras").weights_sha256() == model.weights_sha256());
  // As one training does, but for the order of rows, which begins anew.
  first.fit(rows_of_x(), rows_of_y(), {.batch_size = 12, .epochs = 3, .verbose = 0});
  for (size_t i = 0; i < first.get_weights().size(); ++i)
    CHECK(first.get_weights()[i].at(0) == Approx(model.get_weights()[i].at(0)).epsilon(1e-5));
  CHECK_THAT(testing::read_text(folder / "r.json"), Contains(model.weights_sha256()) && Contains("\"mae\""));
}

TEST_CASE("train --from goes on with a model of the zoo and its data", "[zoo][files]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save a.keras").code == 0);
  const Ran ran = folder.run("train --from a.keras --rows 20 --epochs 1 --save b.keras");
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK_THAT(folder.run("predict b.keras --text 'a fine film'").out, Contains("% positive  a fine film"));
  CHECK_THAT(folder.complaint("train autoencoder --from a.keras"), Contains("a.keras holds simple_rnn"));
}

TEST_CASE("train --from says what is missing", "[zoo][files]") {
  const ZooFolder folder;
  compiled().save(folder / "a.keras");
  Sequential({Input({3}), Dense(2)}).save(folder / "plain.keras");
  write_array(folder / "x.npy", rows_of_x());
  write_array(folder / "y.npy", rows_of_y());
  const std::string arrays = " --data x.npy --targets y.npy";
  CHECK_THAT(folder.complaint("train"), Contains("MODEL is missing"));
  CHECK_THAT(folder.complaint("train --from plain.keras" + arrays), Contains("is not compiled"));
  CHECK_THAT(folder.complaint("train --from a.keras"), Contains("--targets is missing"));
  CHECK_THAT(folder.complaint("train --from a.keras --targets y.npy"), Contains("--data, which is missing"));
  CHECK_THAT(folder.complaint("train --from a.keras --png p.png" + arrays), Contains("--png does not go with --from"));
  CHECK_THAT(folder.complaint("train --from a.keras --save x.npy" + arrays), Contains("x.npy"));
  CHECK_THAT(folder.complaint("train simple_rnn --targets y.npy"), Contains("--targets goes with --from"));
}

}  // namespace
}  // namespace reel
