// reel-zoo predict, and the files that it refuses.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "models/temporary_folder.h"
#include "reel/models/files/weights_file.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using testing::Ran;
using testing::ZooFolder;

TEST_CASE("what training saves predicts", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  const Ran ran = folder.run("predict w.npz --text 'a fine film' --text - --text last", "from a line\n\nand another\n");
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') == 4);
  for (const char* text : {"% positive  a fine film\n", "% positive  from a line\n", "  and another\n", "  last\n"}) {
    CHECK_THAT(ran.out, Contains(text));
  }
  const std::string whole = testing::read_text(folder / "w.npz");
  testing::write_text(folder / "cut.npz", whole.substr(0, whole.size() / 2));
  CHECK_THAT(folder.complaint("predict cut.npz --text a"), StartsWith("cut.npz: not a ZIP archive"));
  std::string other = whole;
  const size_t at = other.find("\"simple_rnn\"");
  REQUIRE(at != other.npos);
  other[at + 1] = 'S';
  testing::write_text(folder / "other.npz", other);
  CHECK_THAT(folder.complaint("predict other.npz --text a"), StartsWith("other.npz: "));
}

TEST_CASE("line ends and a byte order mark are no part of a text", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  const std::string expected = folder.run("predict w.npz --text -", "a dull film\nso superb\n").out;
  REQUIRE(std::count(expected.begin(), expected.end(), '\n') == 2);
  const char* same[] = {"a dull film\nso superb", "a dull film\r\nso superb\r\n", "a dull film\rso superb\r",
                        "\xef\xbb\xbf"
                        "a dull film\n\nso superb\n",
                        "\xef\xbb\xbf\r\na dull film\r\n \r\nso superb"};
  for (const char* input : same) CHECK(folder.run("predict w.npz --text -", input).out == expected);
  const Ran arguments =
      folder.run("predict w.npz --text \"$(printf '\\357\\273\\277a dull\\r\\nfilm')\" --text 'so superb'");
  CHECK(arguments.out.substr(0, 16) == expected.substr(0, 16));
  testing::write_text(folder / "utf16.txt", std::string("\xff\xfe"
                                                        "a\0\n\0",
                                                        6));
  CHECK(folder.complaint("predict w.npz --text - < utf16.txt") ==
        "standard input: expected UTF-8, got what looks like UTF-16");
}

TEST_CASE("what files hold reaches a terminal only as it can be seen", "[zoo]") {
  const ZooFolder folder;
  write_weights_file(folder / "w.npz", {{"a", Tensor::zeros({1})}},
                     R"({"model": "\u001b[2J\u202e", "features": 1, "encoding_size": 1})");
  CHECK(folder.complaint("predict w.npz --text a") ==
        "w.npz: belongs to \"\\x1b[2J\\u202e\", which is no model of this zoo");
  CHECK(folder.complaint("predict \"$(printf '\\033[31m')\" --text a") ==
        "\\x1b[31m: cannot open: No such file or directory");
  CHECK(folder.complaint("tra\"$(printf '\\033')\"n") == "there is no command \"tra\\x1bn\", did you mean \"train\"?");
  testing::write_text(folder / "a.csv", "1,2\n3,\x1b]0;x\a\n");
  CHECK(folder.complaint("train autoencoder --data a.csv") ==
        "a.csv: line 2, column 2: expected a finite number, got '\\x1b]0;x\\x07'");
}

TEST_CASE("a file that cannot be read is told before a text that is missing", "[zoo]") {
  const ZooFolder folder;
  CHECK(folder.complaint("predict nofile.npz") == "nofile.npz: cannot open: No such file or directory");
  testing::write_text(folder / "m.h5", "\x89HDF\r\n\x1a\n");
  CHECK(folder.complaint("predict m.h5 --text a") == "m.h5: expected an HDF5 file");
}

TEST_CASE("weights that are not finite are refused", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    WeightsFile file = read_weights_file(folder / "w.npz");
    auto& [name, tensor] = file.tensors.at(2);
    tensor.data<float>()[5] = static_cast<float>(bad);
    write_weights_file(folder / "bad.npz", file.tensors, file.note);
    CHECK(folder.complaint("predict bad.npz --text a") ==
          fmt::format("bad.npz: weight \"{}\" {} holds {} at element 5, expected finite numbers", name,
                      tensor.shape().str(), bad));
  }
}

TEST_CASE("texts that cannot be read are no end of texts", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  CHECK(folder.complaint("predict w.npz --text - </dev/null") ==
        "standard input: expected texts, one a line, got none");
  CHECK(folder.complaint("predict w.npz --text - < .") == "standard input: cannot read: Is a directory");
  CHECK(folder.complaint("predict w.npz --text - <&-") == "standard input: cannot read: Bad file descriptor");
}

TEST_CASE("a damaged note is told in our own words", "[zoo]") {
  const ZooFolder folder;
  const auto complaint = [&](const std::string& note) {
    write_weights_file(folder / "w.npz", {{"a", Tensor::zeros({1})}}, note);
    return folder.complaint("predict w.npz --text a");
  };
  const std::string damaged = "w.npz: its note (reel.json) is damaged: ";
  CHECK(complaint("{") == damaged + "it is no JSON");
  CHECK(complaint("3") == damaged + "it has no \"model\"");
  CHECK(complaint(R"({"features": 1})") == damaged + "it has no \"model\"");
  CHECK(complaint(R"({"model": 1})") == damaged + "\"model\" is of type number, expected the name of a model");
  const std::string rows = R"({"model": "autoencoder", "options": {"features": )";
  CHECK(complaint(rows + "1.5}}") == damaged + "\"features\" is 1.5, expected a whole number from 1 to 16777216");
  CHECK(complaint(rows + "0}}") == damaged + "\"features\" is 0, expected a whole number from 1 to 16777216");
  CHECK(complaint(rows + "\"x\"}}") ==
        damaged + "\"features\" is of type string, expected a whole number from 1 to 16777216");
  CHECK(complaint(R"({"model": "gru", "options": 1})") ==
        damaged + "\"options\" is of type number, expected an object");
  CHECK(complaint(R"({"model": "gru", "options": {"feet": 2}})") == damaged + "gru has no option \"feet\"");
  CHECK(complaint(R"({"model": "stacked_rnn", "options": {"cell": "nun"}})") ==
        damaged + "\"cell\" is nun, expected gru or lstm or simple_rnn");
  CHECK_THAT(complaint(R"({"model": "lstm_autoencoder", "options": {"features": 3}})"),
             StartsWith(damaged + "expected rows that are square pictures"));
  const std::string good = R"({"model": "gru", "options": {"steps": 9})";
  CHECK(complaint(good + R"(, "vocabulary": {}})") ==
        damaged + "\"vocabulary\" is of type object, expected an array of words");
  CHECK(complaint(good + R"(, "vocabulary": ["a", 7]})") == damaged + "word 2 of \"vocabulary\" is of type number");
  CHECK_THAT(complaint(good + "}"), StartsWith("w.npz: has no weight"));
}

}  // namespace
}  // namespace reel
