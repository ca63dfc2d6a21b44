// reel-zoo with texts, rows and series of the user's, and with options of its models.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reel/models/formats/npy.h"
#include "reel/models/formats/read_file.h"
#include "tools/zoo_data.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
using testing::Ran;
using testing::ZooFolder;

/// Sixty texts of two kinds that a word tells apart.
void write_texts(const ZooFolder& folder, const std::string& name) {
  for (int i = 0; i < 30; ++i) {
    testing::write_text(folder / fmt::format("{}/cats/{}.txt", name, i), fmt::format("the cat {} purrs", i));
    testing::write_text(folder / fmt::format("{}/dogs/{}.txt", name, i), fmt::format("a dog {} barks", i));
  }
}

const std::string kSmall = " --set steps=5,units=8 --set embedding=8 --epochs 20 --batch-size 8 --learning-rate 0.01 ";

TEST_CASE("a folder of one's own texts is trained on, saved and asked", "[zoo]") {
  const ZooFolder folder;
  write_texts(folder, "pets");
  for (const char* file : {"pets.npz", "pets.keras"}) {
    const Ran train = folder.run(std::string("train lstm --data pets --save ") + file + kSmall);
    REQUIRE(train.code == 0);
    CHECK_THAT(train.out, Contains("texts of 2 classes, 44 to train on, 6 to validate on, 10 held out") &&
                              Contains("it is of cats") && Contains("10 of 10 right"));
  }
  const Ran asked = folder.run("predict pets.npz --text 'the cat purrs' --text 'a dog barks'");
  CHECK(asked.code == 0);
  CHECK_THAT(asked.out, Contains("% cats  the cat purrs\n") && Contains("% dogs  a dog barks\n"));
  CHECK(folder.run("predict pets.keras --text 'the cat purrs' --text 'a dog barks'").out == asked.out);
}

TEST_CASE("a table of one's own texts may have more classes, and names its columns", "[zoo]") {
  const ZooFolder folder;
  std::string named = "id,label,text\n", plain = "topic;what it says\n";
  for (int i = 0; i < 60; ++i) {
    const char* kinds[] = {"cat", "dog", "\"a \"\"bird\"\"\""};
    named += fmt::format("{},{},\"{} talks, {} times\"\n", i, kinds[i % 3], "xyz"[i % 3], i);
    plain += fmt::format("{};{} talks {} times\n", kinds[i % 3], "xyz"[i % 3], i);
  }
  testing::write_text(folder / "named.csv", named);
  testing::write_text(folder / "plain.csv", plain);
  for (const char* file : {"named.csv", "plain.csv"}) {
    const Ran train = folder.run(std::string("train gru --save m.npz --data ") + file + kSmall);
    REQUIRE(train.code == 0);
    CHECK_THAT(train.out, Contains("texts of 3 classes, 44 to train on") && Contains("it is of a \"bird\""));
  }
  testing::write_text(folder / "three.csv", "a,b,c\n1,2,3\n");
  CHECK(folder.complaint("train gru --data three.csv") ==
        "three.csv: expected two columns, texts and classes, or columns named text and label, got 3");
  testing::write_text(folder / "cut.csv", "text,label\nhello,1\nworld\n");
  CHECK(folder.complaint("train gru --data cut.csv") == "cut.csv: line 3: expected 2 fields, got 1");
  testing::write_text(folder / "one.csv", "text,label\nhello,1\nworld,1\n");
  CHECK(folder.complaint("train gru --data one.csv") == "one.csv: expected 2 to 1000 classes, got 1");
  CHECK(folder.complaint("train gru --data named.csv --csv-log ./named.csv") ==
        "--csv-log ./named.csv: would replace the data, which are read from there");
}

TEST_CASE("rows of one's own with a class are told apart", "[zoo]") {
  const ZooFolder folder;
  std::string rows = "width,species,height\n";
  for (int i = 0; i < 50; ++i) rows += fmt::format("{},{},{}\n", i % 2 + i / 1000.0, i % 2 ? "fat" : "thin", 1);
  testing::write_text(folder / "rows.csv", rows);
  const Ran train = folder.run("train neural_net --data rows.csv --epochs 60 --learning-rate 0.1 --save n.npz");
  REQUIRE(train.code == 0);
  CHECK_THAT(train.out, Contains("35 rows of 2 to train on, 5 to validate on, 10 held out") && Contains("10 of 10"));
  CHECK_THAT(folder.run("predict n.npz --text '1,1' --text '0 1'").out, Contains("% fat  1,1\n") && Contains("% thin"));
  CHECK(folder.complaint("predict n.npz --text 1") == "expected 2 numbers, got 1");
  CHECK(folder.complaint("predict n.npz --text a,b") == "expected numbers, got \"a\"");
  testing::write_text(folder / "bad.csv", "1,2,a\n1,x,b\n");
  CHECK(folder.complaint("train perceptron --data bad.csv") ==
        "bad.csv: line 2, column 2: expected a finite number, got 'x'");
}

TEST_CASE("a text of one's own is written on, sums are answered", "[zoo]") {
  const ZooFolder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "ab";
  testing::write_text(folder / "ab.txt", text);
  const Ran train = folder.run(
      "train char_lm --data ab.txt --set steps=8,units=8,characters=6,sharpness=9,stride=2 --epochs 20 --save c.npz");
  REQUIRE(train.code == 0);
  CHECK(folder.run("predict c.npz --text aba").out ==
        "abababab"
        "a\n");
  testing::write_text(folder / "short.txt", "ab");
  CHECK_THAT(folder.complaint("train char_lm --data short.txt"), StartsWith("short.txt: expected 20 windows of 60"));
  REQUIRE(folder.run("train seq2seq_addition --rows 50 --epochs 1 --set digits=2,units=4 --save s.npz").code == 0);
  CHECK_THAT(folder.run("predict s.npz --text 1+2").out, EndsWith("  1+2\n"));
  CHECK(folder.complaint("predict s.npz --text 1-2") ==
        "expected a sum of up to 5 characters like \"12+34\", got \"1-2\"");
}

TEST_CASE("a series of one's own is forecast, and searched", "[zoo]") {
  const ZooFolder folder;
  std::string series = "a,b\n";
  for (int i = 0; i < 600; ++i) series += fmt::format("{},{}\n", 100 + i % 5, i % 3);
  testing::write_text(folder / "s.csv", series);
  const Ran train = folder.run("train timeseries_forecast --data s.csv --set window=12 --epochs 3 --save f.npz");
  REQUIRE(train.code == 0);
  CHECK_THAT(train.out, Contains("600 steps of 2") && Contains("saying the last value again"));
  CHECK_THAT(folder.run("train timeseries_anomaly --data s.csv --set window=12 --epochs 1").out,
             Contains("Steps of the last 120 that are further off"));
  CHECK_THAT(folder.complaint("train timeseries_anomaly --data s.csv --set window=10"), Contains("a multiple of 4"));
  // The made series has one anomaly, steps 501 to 520 of the last 1000, and its edges stand out.
  CHECK_THAT(folder.run("train timeseries_anomaly --epochs 3").out, Contains("further off: 497 to 500, 521 to 524\n"));
  testing::write_text(folder / "short.csv", "1\n2\n");
  CHECK_THAT(folder.complaint("train timeseries_forecast --data short.csv"),
             StartsWith("short.csv: expected a series of 690 steps or more, got [2, 1]"));
  CHECK_THAT(folder.complaint("train adding_problem --data s.csv"), StartsWith("s.csv: this model's data are made"));
}

TEST_CASE("every saved autoencoder gives reconstructions and codes of rows", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", [] {
    std::string text;
    for (int i = 0; i < 30; ++i) {
      for (int j = 0; j < 64; ++j) text += fmt::format("{}{}", j > 0 ? "," : "", (i * j % 7) / 7.0);
      text += "\n";
    }
    return text;
  }());
  const Tensor rows = Tensor::uniform({5, 64}, 0, 1, 1);
  const auto bytes = write_npy(rows);
  testing::write_text(folder / "x.npy", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  for (const char* model : {"sparse_autoencoder", "denoising_autoencoder", "convolutional_autoencoder",
                            "variational_autoencoder", "lstm_autoencoder"}) {
    CAPTURE(model);
    const std::string train = fmt::format("train {} --data rows.csv --epochs 1 --quiet --save ", model);
    for (const char* file : {"m.npz", "m.keras"}) {
      const Ran ran = folder.run(train + file);
      REQUIRE(ran.code == 0);
      CHECK(ran.out + ran.err == "");
      CHECK(folder.run(fmt::format("predict {} --data x.npy --out y.npy", file)).out == "y.npy: f32[5, 64]\n");
      CHECK(folder.run(fmt::format("predict {} --data x.npy --out c.npy --layer code", file)).code == 0);
    }
  }
}

TEST_CASE("options of a model are listed, set, kept and told", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", testing::some_rows());
  const Ran list = folder.run("list stacked_rnn");
  CHECK(list.code == 0);
  for (const char* part : {"parameters  228801", "units                  64", "cell                  gru", "10 epochs",
                           "gru or lstm or simple_rnn", "IMDB"}) {
    CHECK_THAT(list.out, Contains(part));
  }
  CHECK_THAT(folder.complaint("list stacked"), StartsWith("there is no model \"stacked\""));
  CHECK(folder.complaint("train autoencoder --set size=3") ==
        "train: --set: autoencoder has no option \"size\", only encoding_size");
  CHECK(folder.complaint("train autoencoder --set encoding_size") ==
        "train: --set takes NAME=VALUE, got \"encoding_size\"");
  CHECK(folder.complaint("train lstm --encoding-size 3") == "train: --encoding-size is for autoencoders, lstm is none");
  const std::string train = "train autoencoder --data rows.csv --epochs 1 --json - --quiet --save ";
  const Ran set = folder.run(train + "a.npz --set encoding_size=3"),
            size = folder.run(train + "b.npz --encoding-size 3");
  CHECK(json::parse(set.out).at("options").at("encoding_size") == 3);
  CHECK(json::parse(set.out).at("weights_sha256") == json::parse(size.out).at("weights_sha256"));
  CHECK_THAT(folder.run("summary a.npz").out, Contains("(None, 3)"));
  CHECK_THAT(folder.run("graph simple_rnn --set steps=2,units=3 --text -").out, Contains("[rows, 3]"));
  CHECK(json::parse(folder.run("bench autoencoder --data rows.csv --set encoding_size=2 --json -").out).at("train_ms") >
        0);
}

TEST_CASE("training stops early, keeps a log, and tells long runs in a few lines", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", testing::some_rows());
  const std::string train = "train autoencoder --data rows.csv --epochs 300 --csv-log log.csv ";
  const Ran all = folder.run(train);
  REQUIRE(all.code == 0);
  std::string log = testing::read_text(folder / "log.csv");
  CHECK(std::count(log.begin(), log.end(), '\n') == 301);
  CHECK_THAT(log, StartsWith("epoch,accuracy,loss,val_accuracy,val_loss\r\n"));
  for (const char* line : {"Epoch 1/300", "Epoch 2/300", "Epoch 50/300", "Epoch 200/300", "Epoch 300/300"}) {
    CHECK_THAT(all.out, Contains(line));
  }
  CHECK_THAT(all.out, !Contains("Epoch 3/300") && !Contains("Epoch 60/300"));
  // Nothing is learned, so nothing becomes better.
  const Ran early = folder.run(train + "--patience 2 --learning-rate 0");
  REQUIRE(early.code == 0);
  CHECK_THAT(early.out, Contains("Epoch 3/300") && Contains("The weights are those of epoch 1."));
  log = testing::read_text(folder / "log.csv");
  CHECK(std::count(log.begin(), log.end(), '\n') == 4);
  for (const char* rate : {"-1", "x", "nan", "''"}) {
    CHECK_THAT(folder.complaint(train + "--learning-rate " + rate),
               StartsWith("train: --learning-rate takes a number"));
  }
}

}  // namespace
}  // namespace reel
