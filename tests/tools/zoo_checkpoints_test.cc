// reel-zoo train --checkpoint: ended by signals, killed, and gone on with.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/running_zoo.h"
#include "tools/zoo_data.h"

namespace reel {
namespace {

using Catch::Contains;
using nlohmann::json;
using testing::Ran;
using testing::RunningZoo;
using testing::ZooFolder;

struct FolderWithRows : ZooFolder {
  FolderWithRows() { testing::write_text(*this / "rows.csv", testing::some_rows()); }
};

const std::string kTrain = "train autoencoder --data rows.csv --batch-size 7 --epochs ";

/// Weights and logs of epochs, without times.
json outcome(const ZooFolder& folder, const std::string& file) {
  json figures = json::parse(testing::read_text(folder / file));
  for (json& epoch : figures.at("epochs")) epoch.erase("seconds");
  return {figures.at("weights_sha256"), figures.at("epochs")};
}

/// Epochs that are done, by the newest checkpoint.
int64_t epochs_done(const ZooFolder& folder) {
  int64_t most = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "c")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".safetensors")) most = std::max<int64_t>(most, std::stol(name.substr(11)));
  }
  return most;
}

/// Goes on for two epochs more, which must come to what a training that was never ended does.
void check_goes_on(const ZooFolder& folder) {
  const int64_t epochs = epochs_done(folder) + 2;
  const Ran whole = folder.run(kTrain + fmt::format("{} --json whole.json >out", epochs));
  REQUIRE(whole.code == 0);
  const Ran rest = folder.run(kTrain + fmt::format("{} --json rest.json --checkpoint c --resume --threads 3", epochs));
  CHECK(rest.code == 0);
  CHECK_THAT(rest.out, Contains("Going on from c/checkpoint-"));
  CHECK(outcome(folder, "rest.json") == outcome(folder, "whole.json"));
}

TEST_CASE("a signal ends training after the step, and it goes on to the same bits", "[zoo][signals][backup]") {
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), {SIGTERM, 143}, {SIGHUP, 129}}) {
    INFO("signal " << signal);
    const FolderWithRows folder;
    RunningZoo zoo(folder, kTrain + "100000000 --checkpoint c --every 1000000 --json f.json --save w.npz");
    REQUIRE(zoo.prints("Epoch 2/"));
    zoo.send(signal);
    const Ran ran = zoo.end();
    CHECK(ran.code == code);
    CHECK(ran.err == "\nStopping after this step, with a checkpoint; a second signal stops at once.\n");
    CHECK_THAT(ran.out, Contains("Ended with a checkpoint in c; the same command with --resume goes on from it"));
    CHECK_FALSE(std::filesystem::exists(folder / "w.npz"));
    check_goes_on(folder);
  }
}

TEST_CASE("a training that is killed goes on to the same bits", "[zoo][signals][backup]") {
  const FolderWithRows folder;
  RunningZoo zoo(folder, kTrain + "100000000 --checkpoint c --every 3 --keep 1");
  REQUIRE(zoo.prints("Epoch 2/"));
  while (epochs_done(folder) == 0) ::usleep(1000);
  zoo.send(SIGKILL);
  CHECK(zoo.end().code == -SIGKILL);
  check_goes_on(folder);
}

TEST_CASE("a training that is done gives its results again", "[zoo][backup]") {
  const FolderWithRows folder;
  const std::string train = kTrain + "3 --checkpoint c --every 2epochs --resume --json ";
  REQUIRE(folder.run(train + "first.json").code == 0);  // where there is none it begins
  const Ran again = folder.run(train + "second.json");
  CHECK(again.code == 0);
  CHECK_THAT(again.out, Contains("Going on from c/checkpoint-000003-000000000.safetensors: epoch 4"));
  CHECK(outcome(folder, "first.json") == outcome(folder, "second.json"));
  CHECK(json::parse(testing::read_text(folder / "first.json")).at("epochs") ==
        json::parse(testing::read_text(folder / "second.json")).at("epochs"));  // the seconds, too
}

TEST_CASE("options of checkpoints that are none are refused in one line", "[zoo][backup]") {
  const FolderWithRows folder;
  const std::string train = kTrain + "1 ";
  CHECK_THAT(folder.complaint(train + "--resume"), Contains("--resume needs --checkpoint DIR"));
  CHECK_THAT(folder.complaint(train + "--every 3"), Contains("--every needs --checkpoint DIR"));
  CHECK_THAT(folder.complaint(train + "--keep 3"), Contains("--keep needs --checkpoint DIR"));
  CHECK_THAT(folder.complaint(train + "--checkpoint ''"), Contains("--checkpoint is empty"));
  for (const char* every : {"0", "-1", "2days", "epoch", "1epochs2", "99999999999"}) {
    INFO(every);
    CHECK_THAT(folder.complaint(train + "--checkpoint c --every=" + every), Contains("takes a number of steps"));
  }
  CHECK_THAT(folder.complaint(train + "--checkpoint c --keep 0"), Contains("--keep takes a whole number"));
  CHECK_THAT(folder.complaint(train + "--checkpoint rows.csv"), Contains("rows.csv"));
  REQUIRE(folder.run(train + "--checkpoint c").code == 0);
  CHECK_THAT(folder.complaint(train + "--checkpoint c"), Contains("c has checkpoints of a training; --resume goes on"));
  CHECK_THAT(folder.complaint(train + "--checkpoint c --resume --batch-size 8"), Contains("given twice"));
  CHECK_THAT(folder.complaint(train + "--checkpoint c --resume --seed 5"), Contains("seed 0, now 5"));
  testing::write_text(folder / "rows.csv", testing::some_rows() + "0.1,0.2,0.3,0.4\n");
  CHECK_THAT(folder.complaint(train + "--checkpoint c --resume"),
             Contains("is of another training: rows ") && Contains("data \""));
}

}  // namespace
}  // namespace reel
