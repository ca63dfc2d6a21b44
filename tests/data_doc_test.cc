// The C++ of docs/data.md is compiled and run: every line of its examples stands in this file too.
#include <catch2/catch.hpp>

#include <filesystem>
#include <sstream>

#include "models/temporary_folder.h"

#include <reel/reel.h>
using namespace reel;

// clang-format off
TEST_CASE("data.md: its examples run", "[docs]") {
  const testing::TemporaryFolder folder;
  const auto back = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  testing::write_text(folder / "heart.csv", "age,chol,thal\n63,233,fixed\n41,204,normal\n");
  testing::write_text(folder / "reviews.csv", "review,sentiment\n\"good, really\",positive\nbad,negative\n");
  testing::write_text(folder / "clicks.csv", "age,hour,clicked\n30,1,0\n40,2,1\n50,3,0\n");
{
Table table = load_table("heart.csv");                 // names in the first line; quotes, separators as read_csv has them
Tensor x = table.matrix({"age", "chol"});              // f32 [n, 2]
Strings thal = table.texts("thal");                    // for a StringLookup
auto [classes, names] = table.classes("thal");         // i32 [n], and what each stands for
TextFolder reviews = text_dataset_from_csv("reviews.csv", {.text = "review", .label = "sentiment"});
  CHECK(x.at(1, 1) == 204);
  CHECK(thal[1] == "normal");
  CHECK(names[0] == "fixed");
  CHECK(classes.at(0) == 0);
  CHECK(reviews.labels.at(0) == 1);
}
  Sequential model{Input({2}), Dense(1, {.activation = sigmoid})};
  model.compile({.loss = "binary_crossentropy"});
CsvRows clicks("clicks.csv", {.x = {"age", "hour"}, .y = {"clicked"}});
model.fit(clicks, {.epochs = 3});                      // an epoch is all rows
ShuffledStream mixed(clicks, 10'000, 42);              // each row is drawn from the next 10,000
model.fit(mixed, {.epochs = 3, .steps_per_epoch = 1});  // or so many batches, and the next epoch goes on from there
  CHECK(mixed.position() == 3);
  CHECK(model.evaluate(clicks)["loss"] > 0);
  std::filesystem::current_path(back);
}
// clang-format on

TEST_CASE("data.md: its examples are the ones run here", "[docs]") {
  const std::string source = testing::read_text(REEL_SOURCE_DIR "/tests/data_doc_test.cc");
  std::istringstream doc(testing::read_text(REEL_SOURCE_DIR "/docs/data.md"));
  bool in_example = false;
  int lines = 0;
  for (std::string line; std::getline(doc, line);) {
    if (line.starts_with("```")) {
      in_example = line == "```cpp";
    } else if (in_example && !line.empty()) {
      ++lines;
      CAPTURE(line);
      CHECK(source.find("\n" + line + "\n") != std::string::npos);
    }
  }
  CHECK(lines > 0);
}
