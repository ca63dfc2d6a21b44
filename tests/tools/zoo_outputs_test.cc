// What reel-zoo writes: each file by itself, and over nothing that somebody needs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

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

TEST_CASE("no two outputs go to one file", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", testing::some_rows());
  testing::write_text(folder / "old", "old");
  std::filesystem::create_symlink("old", folder / "link");
  const std::string train = "train autoencoder --data rows.csv --epochs 1 ";
  CHECK(folder.complaint(train + "--save new --json ./new") ==
        "train: --save new and --json ./new are one file, expected one for each");
  CHECK_THAT(folder.complaint(train + "--save old --png link"), Contains("are one file"));
  CHECK_THAT(folder.complaint(train + "--json old --trace " + folder / "old"), Contains("are one file"));
  CHECK_THAT(folder.complaint("bench autoencoder --data rows.csv --json old --trace ./old"), Contains("are one file"));
  CHECK_THAT(folder.complaint("profile autoencoder --data rows.csv --json old --trace link"), Contains("are one file"));
  CHECK_THAT(folder.complaint("graph autoencoder --text old --dot old"), Contains("are one file"));
  CHECK_THAT(folder.complaint("graph autoencoder --text - --dot -"), Contains("are one file"));
  CHECK_THAT(folder.complaint("graph autoencoder --text ''"), Contains("--text is empty"));
  CHECK(testing::read_text(folder / "old") == "old");
  CHECK_FALSE(std::filesystem::exists(folder / "new"));
  CHECK(folder.run(train + "--save /dev/null --json /dev/null").code == 0);
}

TEST_CASE("nothing is written under the name of another format, and nothing trained for it", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", testing::some_rows());
  const std::string train = "train autoencoder --data rows.csv --epochs 1 ";
  for (const char* option : {"--save m.pt", "--save m.onnx", "--save m.json"}) {
    CAPTURE(option);
    CHECK_THAT(folder.complaint(train + option),
               Contains("expected NAME.keras, .h5, .weights.h5, .npz or .safetensors"));
  }
  for (const char* option : {"--json m.npz", "--png p.jpg", "--trace t.png"}) {
    CAPTURE(option);
    CHECK_THAT(folder.complaint(train + option), Contains("is by its name") && Contains("what is written is"));
  }
  CHECK_THAT(folder.complaint("graph autoencoder --dot g.svg"), Contains("is by its name an SVG picture"));
}

TEST_CASE("an output that cannot be written keeps none of the others back", "[zoo]") {
  const ZooFolder folder;
  testing::write_text(folder / "rows.csv", testing::some_rows());
  const std::string train = "train autoencoder --data rows.csv --encoding-size 3 --epochs 2 ";
  const Ran full = folder.run(train + "--save /dev/full --json j.json --png p.png --trace t.json");
  CHECK(full.code == 2);
  CHECK(full.err == "reel-zoo: /dev/full: cannot write: No space left on device\n");
  CHECK_THAT(full.out, Contains("Validation: loss") && Contains("Reconstructions of 10") && !Contains("Weights:"));
  CHECK(json::parse(testing::read_text(folder / "j.json")).at("epochs").size() == 2);
  CHECK_THAT(testing::read_text(folder / "p.png"), StartsWith("\x89PNG"));
  CHECK(json::parse(testing::read_text(folder / "t.json")).at("traceEvents").size() > 2);
  CHECK_THAT(folder.complaint(train + "--json /dev/full --save w.npz --png /dev/full"), Contains("full: cannot write"));
  CHECK_THAT(testing::read_text(folder / "w.npz"), StartsWith("PK"));
  CHECK_THAT(folder.complaint("bench autoencoder --data rows.csv --trace /dev/full --json b.json"),
             StartsWith("/dev/full: cannot write"));
  CHECK(json::parse(testing::read_text(folder / "b.json")).at("train_ms") > 0);
  CHECK_THAT(folder.complaint("profile autoencoder --data rows.csv --steps 1 --trace /dev/full --json f.json"),
             StartsWith("/dev/full: cannot write"));
  CHECK(json::parse(testing::read_text(folder / "f.json")).at("step_ms") > 0);
  CHECK_THAT(folder.complaint("graph autoencoder --dot /dev/full --text g.txt"), StartsWith("/dev/full: cannot write"));
  CHECK_THAT(testing::read_text(folder / "g.txt"), Contains("matmul"));

  testing::write_text(folder / "huge.csv", "1e30,2e30,1\n3,-1e30,2\n");
  CHECK_THAT(folder.complaint("train autoencoder --data huge.csv --save /dev/full"),
             Contains("square") && EndsWith("; /dev/full: cannot write: No space left on device"));
}

TEST_CASE("the picture that nobody asked for is left out where something is in its way", "[zoo]") {
  const ZooFolder folder;
  testing::write_pictures(folder / "p", 20);
  const std::string train = "train autoencoder --data p --epochs 1 ", name = "reconstructions.png";
  const Ran beside = folder.run(train + "--save w.npz");
  CHECK(beside.code == 0);
  CHECK_THAT(beside.out, Contains("Originals above their reconstructions: " + name));
  CHECK_THAT(testing::read_text(folder / name), StartsWith("\x89PNG"));

  std::filesystem::create_symlink(name, folder / "link.npz");
  const Ran taken = folder.run(train + "--save link.npz");
  CHECK(taken.code == 0);
  CHECK_THAT(taken.out, Contains("not drawn: reconstructions.png: is the file of --save") && !Contains("Originals"));
  CHECK_THAT(testing::read_text(folder / name), StartsWith("PK"));

  std::filesystem::remove(folder / name);
  std::filesystem::create_directory(folder / name);
  const Ran blocked = folder.run(train);
  CHECK(blocked.code == 0);
  CHECK_THAT(blocked.out, Contains("not drawn: reconstructions.png: is a folder"));
  CHECK_THAT(folder.complaint(train + "--png " + name), StartsWith("--png reconstructions.png: is a folder"));
  CHECK(folder.run(train + "--png other.png").code == 0);
}

TEST_CASE("no output replaces the data", "[zoo]") {
  const ZooFolder folder;
  const std::string rows = testing::some_rows(),
                    reviews = testing::reviews_file(std::vector<std::vector<int32_t>>(12, {1, 2, 300}), 1);
  testing::write_text(folder / "rows.csv", rows);
  testing::write_text(folder / "d/imdb.npz", reviews);
  testing::write_text(folder / "d/imdb_word_index.json", "{}");
  testing::write_pictures(folder / "p", 20);
  std::filesystem::create_symlink("rows.csv", folder / "link");
  CHECK(folder.complaint("train autoencoder --data rows.csv --save ./link") ==
        "--save ./link: would replace the data, which are read from there");
  CHECK_THAT(folder.complaint("train simple_rnn --data d --save d/imdb.npz"), Contains("replace the data"));
  CHECK_THAT(folder.complaint("train simple_rnn --data d/imdb.npz --trace d/imdb_word_index.json"),
             Contains("replace the data"));
  CHECK_THAT(folder.complaint("train autoencoder --data p --json p/t10k-images-idx3-ubyte"),
             Contains("replace the data"));
  CHECK_THAT(folder.complaint("bench autoencoder --data rows.csv --json link"), Contains("replace the data"));
  testing::write_text(folder / "cut.csv", "1,2\n3\n");
  std::filesystem::create_symlink("cut.csv", folder / "cut");
  CHECK_THAT(folder.complaint("train autoencoder --data cut.csv --trace cut"), StartsWith("cut.csv: line 2"));
  CHECK(testing::read_text(folder / "cut.csv") == "1,2\n3\n");
  CHECK(testing::read_text(folder / "rows.csv") == rows);
  CHECK(testing::read_text(folder / "d/imdb.npz") == reviews);
  CHECK(testing::read_text(folder / "d/imdb_word_index.json") == "{}");
}

}  // namespace
}  // namespace reel
