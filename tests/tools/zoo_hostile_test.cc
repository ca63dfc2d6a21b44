// reel-zoo and files that ask for more memory than they hold, or stand where others are to be written.
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/temporary_folder.h"
#include "reel/models/files/weights_file.h"
#include "tools/zoo_data.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using testing::write_text;
using testing::ZooFolder;

TEST_CASE("a model is no larger than the weights in its file", "[zoo]") {
  const ZooFolder folder;
  const NamedTensors weights{{"w", Tensor::scalar(1)}};
  for (const char* model : {"autoencoder", "autoencoder_images"}) {
    write_weights_file(folder / "w.npz", weights,
                       std::string("{\"model\": \"") + model + R"(", "features": 4194304, "encoding_size": 64})");
    CHECK_THAT(folder.complaint("predict w.npz --text a"),
               StartsWith("w.npz: its note (reel.json) is of a larger model than its weights: layer ") &&
                   Contains("expected at most 1048576"));
  }
}

TEST_CASE("a note of many levels is refused", "[zoo]") {
  const ZooFolder folder;
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  write_weights_file(folder / "w.npz", {{"w", Tensor::scalar(1)}}, R"({"model": )" + deep + "}");
  CHECK_THAT(folder.complaint("predict w.npz --text a"),
             StartsWith("w.npz: its note (reel.json) is damaged: ") && Contains("more than 64 levels"));
}

TEST_CASE("data come from files, not from devices", "[zoo]") {
  const ZooFolder folder;
  CHECK(folder.complaint("train autoencoder --data /dev/zero") == "/dev/zero: expected a file, got a device");
  CHECK(folder.complaint("train simple_rnn --data /dev/zero") == "/dev/zero: expected a file, got a device");
  CHECK(folder.complaint("predict /dev/zero --text a") == "/dev/zero: expected a file, got a device");
}

TEST_CASE("a line of standard input that does not end is refused", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  CHECK_THAT(folder.complaint("predict w.npz --text - </dev/zero"),
             StartsWith("standard input: expected lines of up to"));
}

TEST_CASE("a temporary file of a killed process does not lose a training", "[zoo]") {
  const ZooFolder folder;
  write_text(folder / "rows.csv", testing::some_rows());
  // Whatever the number of the process that saves.
  const std::string train = "train autoencoder --data rows.csv --epochs 1 --save w.npz";
  for (const char* name : {"w.npz.tmp-1-0", "w.npz.tmp-7-0", "w.npz.tmp-4194304-3"}) write_text(folder / name, "left");
  REQUIRE(folder.run(train).code == 0);
  CHECK(std::filesystem::exists(folder / "w.npz"));
  CHECK_FALSE(std::filesystem::exists(folder / "w.npz.tmp-7-0"));
}

TEST_CASE("a file that cannot be written is told before the training", "[zoo]") {
  const ZooFolder folder;
  write_text(folder / "rows.csv", testing::some_rows());
  const std::string train = "train autoencoder --data rows.csv --epochs 1 --save ";
  CHECK_THAT(folder.complaint(train + std::string(256, 'n')), Contains("name too long"));
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THAT(folder.complaint(train + "loop"), Contains("loop: ") && Contains("Too many levels"));
  std::filesystem::create_symlink("target", folder / "link");
  CHECK_THAT(folder.complaint(train + "link --json target"), Contains("are one file"));
  CHECK(folder.run(train + "link").code == 0);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(std::filesystem::exists(folder / "target"));
}

}  // namespace
}  // namespace reel
