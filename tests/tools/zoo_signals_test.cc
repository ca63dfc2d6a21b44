// reel-zoo when it is told to end, or when nobody reads it or nothing takes what it prints: no training is lost.
#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/trace_json.h"
#include "tools/running_zoo.h"
#include "tools/zoo_data.h"

namespace reel {
namespace {

using Catch::Contains;
using nlohmann::json;
using testing::Ran;
using testing::RunningZoo;
using testing::ZooFolder;

const std::string kEndless = "train autoencoder --data rows.csv --epochs 100000000 --save w.npz --json f.json";
const std::string kStopping = "\nStopping after this epoch; a second signal stops at once.\n",
                  kFinishing = "\nFinishing; a second signal stops at once.\n";

struct FolderWithRows : ZooFolder {
  FolderWithRows() { testing::write_text(*this / "rows.csv", testing::some_rows()); }
};

/// Checks that the figures and the weights of `kEndless` are those of as many epochs as there were.
void check_results(const ZooFolder& folder) {
  const json figures = json::parse(testing::read_text(folder / "f.json"));
  const size_t epochs = figures.at("epochs").size();
  REQUIRE(epochs > 0);
  const Ran whole = folder.run(
      fmt::format("train autoencoder --data rows.csv --epochs {} --save whole.npz --json g.json >out", epochs));
  REQUIRE(whole.code == 0);
  const json expected = json::parse(testing::read_text(folder / "g.json"));
  CHECK(figures.at("weights_sha256") == expected.at("weights_sha256"));
  CHECK(testing::read_text(folder / "w.npz") == testing::read_text(folder / "whole.npz"));
}

TEST_CASE("a signal ends training after the epoch, with all results", "[zoo][signals]") {
  const FolderWithRows folder;
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), {SIGTERM, 143}, {SIGHUP, 129}}) {
    INFO("signal " << signal);
    std::filesystem::remove(folder / "w.npz");
    RunningZoo zoo(folder, kEndless + " --trace t.json");
    REQUIRE(zoo.prints("Epoch 2/"));
    zoo.send(signal);
    const Ran ran = zoo.end();
    CHECK(ran.code == code);
    CHECK(ran.err == kStopping);
    CHECK_THAT(ran.out, Contains("Trained in") && Contains("Weights: w.npz"));
    testing::check_nesting(json::parse(testing::read_text(folder / "t.json")));
    check_results(folder);
  }
}

TEST_CASE("a second signal ends the program at once, also another one", "[zoo][signals]") {
  const FolderWithRows folder;
  REQUIRE(::mkfifo((folder / "unread").c_str(), 0600) == 0);
  for (const auto& [first, second] : {std::pair(SIGINT, SIGINT), {SIGTERM, SIGHUP}, {SIGHUP, SIGTERM}}) {
    // Writing the weights waits for a reader who never comes.
    RunningZoo zoo(folder, "train autoencoder --data rows.csv --epochs 1 --save unread");
    REQUIRE(zoo.prints("Epoch 1/1"));
    zoo.send(first);
    zoo.complains("a second signal stops at once");
    zoo.send(second);
    CHECK(zoo.end().code == -second);
  }
}

TEST_CASE("a signal while weights are written lets them be written", "[zoo][signals]") {
  const FolderWithRows folder;
  const std::string train = "train autoencoder --data rows.csv --encoding-size 20000 --epochs 1 --save ";
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(folder.run(train + "whole.npz").code == 0);
  RunningZoo zoo(folder, train + "pipe");
  REQUIRE(zoo.prints("Epoch 1/1"));
  const int pipe = ::open((folder / "pipe").c_str(), O_RDONLY | O_CLOEXEC);  // when it is opened for writing
  zoo.send(SIGTERM);
  zoo.complains("\n");
  std::string written;
  char buffer[4096];
  for (ssize_t count; (count = ::read(pipe, buffer, sizeof(buffer))) > 0;) written.append(buffer, count);
  ::close(pipe);
  const Ran ran = zoo.end();
  CHECK(ran.code == 143);
  CHECK(ran.err == kFinishing);
  CHECK(written.size() > (1 << 16));  // more than a pipe holds: it was not done when the signal came
  CHECK(written == testing::read_text(folder / "whole.npz"));
}

TEST_CASE("a signal that was ignored before stays ignored", "[zoo][signals]") {
  const FolderWithRows folder;
  for (const auto& [name, ignored] : {std::pair("HUP", SIGHUP), {"INT", SIGINT}}) {
    RunningZoo zoo(folder, kEndless, fmt::format("trap '' {};", name));
    REQUIRE(zoo.prints("Epoch 1/"));
    zoo.send(ignored);
    REQUIRE(zoo.prints("Epoch 5000/"));
    zoo.send(SIGTERM);
    const Ran ran = zoo.end();
    CHECK(ran.code == 143);
    CHECK(ran.err == kStopping);
  }
}

TEST_CASE("a pipe that nobody reads any more ends training after the epoch, quietly", "[zoo][signals]") {
  const FolderWithRows folder;
  for (const char* line : {"Data: ", "Epoch 2/"}) {
    std::filesystem::remove(folder / "w.npz");
    RunningZoo zoo(folder, kEndless);
    REQUIRE(zoo.prints(line));
    zoo.close_output();
    const Ran ran = zoo.end();
    CHECK(ran.code == 141);
    CHECK(ran.err.empty());
    check_results(folder);
  }
}

TEST_CASE("commands end quietly where nobody reads them, and write their files", "[zoo][signals]") {
  const FolderWithRows folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save rnn.npz").code == 0);
  for (const char* command :
       {"list", "--help", "train --help", "summary lstm", "graph autoencoder --text -", "bench simple_rnn",
        "predict rnn.npz --text good", "profile autoencoder --data rows.csv --steps 1 --json p.json --trace t.json",
        "train autoencoder --data rows.csv --epochs 2", "train autoencoder --data rows.csv --epochs 2 --json -"}) {
    INFO(command);
    RunningZoo zoo(folder, command, "", /*unread=*/true);
    const Ran ran = zoo.end();
    CHECK(ran.code == 141);
    CHECK_THAT(ran.err, !Contains("reel-zoo:"));
  }
  CHECK(json::parse(testing::read_text(folder / "p.json")).contains("profile"));
  CHECK(json::parse(testing::read_text(folder / "t.json")).contains("traceEvents"));
  CHECK(folder.run("fly 2>&-").code == 2);
}

TEST_CASE("a standard output that takes nothing is told of when all else is done", "[zoo][signals]") {
  const FolderWithRows folder;
  const std::string train = "train autoencoder --data rows.csv --epochs 3 --save w.npz --json f.json";
  for (const auto& [where, why] :
       {std::pair(">/dev/full", "No space left on device"), {">&-", "Bad file descriptor"}}) {
    INFO(where);
    std::filesystem::remove(folder / "w.npz");
    const std::string expected = fmt::format("standard output: cannot write: {}", why);
    CHECK(folder.complaint(train + " " + where) == expected);
    check_results(folder);
    CHECK(folder.complaint(fmt::format("profile autoencoder --data rows.csv --steps 1 --json p.json {}", where)) ==
          expected);
    CHECK(json::parse(testing::read_text(folder / "p.json")).contains("profile"));
    CHECK(folder.complaint(fmt::format("graph autoencoder --text - --dot g.dot {}", where)) == expected);
    CHECK_THAT(testing::read_text(folder / "g.dot"), Catch::StartsWith("digraph"));
  }
  // Where people read standard error, it is they who miss something.
  const Ran ran = folder.run("train autoencoder --data rows.csv --epochs 3 --json - 2>/dev/full");
  CHECK(ran.code == 0);
  CHECK(json::parse(ran.out).at("epochs").size() == 3);
}

TEST_CASE("a file beyond the size that files may have is told of before the training, and the old one stays",
          "[zoo][signals]") {
  const FolderWithRows folder;
  testing::write_text(folder / "w.npz", "old");
  RunningZoo zoo(folder, "train autoencoder --data rows.csv --encoding-size 1000 --epochs 2 --save w.npz --json -",
                 "ulimit -f 8;");
  const Ran ran = zoo.end();
  CHECK(ran.code == 2);
  CHECK_THAT(ran.err, Catch::EndsWith("reel-zoo: w.npz: cannot write 36016 bytes: File too large\n"));
  CHECK(ran.out.empty());
  CHECK(testing::read_text(folder / "w.npz") == "old");
}

}  // namespace
}  // namespace reel
