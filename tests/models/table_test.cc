#include "reel/models/data/table.h"

#include <catch2/catch.hpp>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/data/text_folder.h"
#include "reel/models/layers/lookup.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::TemporaryFolder;
using testing::write_text;

constexpr std::string_view kHeart =
    "age,sex,thal,\"name, first\",target\r\n"
    "63,1,fixed,\"Smith, \"\"Al\"\"\",0\r\n"
    "67,0,normal,\"two\nlines\",1\r\n"
    "\r\n"
    "41.5,0,reversible,NA,0\r\n";

TEST_CASE("table: columns by name are numbers or texts", "[table]") {
  const Table table = read_table(kHeart, "heart.csv");
  CHECK(table.row_count() == 3);
  CHECK(table.names() == std::vector<std::string>{"age", "sex", "thal", "name, first", "target"});
  CHECK_FALSE(table.is_text("age"));
  CHECK(table.is_text("thal"));
  CHECK(table.numbers("age").to_vector<float>() == std::vector<float>{63, 67, 41.5F});
  const Strings names = table.texts("name, first");
  CHECK(names[0] == "Smith, \"Al\"");
  CHECK(names[1] == "two\nlines");
  CHECK(names[2] == "NA");
  CHECK(table.matrix({"target", "age"}).to_vector<float>() == std::vector<float>{0, 63, 1, 67, 0, 41.5F});
  CHECK(table.matrix().shape() == Shape{3, 3});
  CHECK_THROWS_WITH(table.numbers("thal"), "Table: expected a column of numbers, \"thal\" is of texts, as in line 2");
  CHECK_THROWS_WITH(table.texts("age"), Contains("\"age\" is of numbers; TableOptions::texts may name it"));
  CHECK_THROWS_WITH(table.numbers("Age"), "Table: there is no column \"Age\", but age, sex, thal, name, first, target");
  CHECK_THROWS_AS(table.matrix({"thal"}), ValueError);
}

TEST_CASE("table: classes are sorted, numbers by their size", "[table]") {
  const Table table = read_table("a,b\nz,10\ny,9\nz,10\nx,-1\n", "t.csv");
  const Table::Classes texts = table.classes("a"), numbers = table.classes("b");
  CHECK(texts.names == std::vector<std::string>{"x", "y", "z"});
  CHECK(texts.classes.to_vector<int>() == std::vector<int>{2, 1, 2, 0});
  CHECK(numbers.names == std::vector<std::string>{"-1", "9", "10"});
  CHECK(numbers.classes.to_vector<int>() == std::vector<int>{2, 1, 2, 0});
}

TEST_CASE("table: a column of texts goes through a lookup", "[table]") {
  const Table table = read_table(kHeart, "heart.csv");
  StringLookup lookup;
  lookup.adapt(table.texts("thal"));
  CHECK(lookup.vocabulary_size() == 4);
}

TEST_CASE("table: what the text does not tell, options do", "[table]") {
  CHECK(read_table("1;2\n3;4\n", "t", {.names = {"a", "b"}}).numbers("b").at(1) == 4);
  CHECK(read_table("a|b\n1|x,y\n", "t", {.separator = '|'}).texts("b")[0] == "x,y");
  CHECK(read_table("a;b\n1,5;2\n", "t").numbers("a").at(0) == 1.5);
  const Table coded = read_table("zip,n\n01234,1\n00001,2\n", "t", {.texts = {"zip"}});
  CHECK(coded.texts("zip")[1] == "00001");
  CHECK_THROWS_WITH(coded.numbers("zip"), "Table: expected a column of numbers, \"zip\" is of texts");
  CHECK(read_table("a,b\n1,\n,NA\n", "t", {.missing = -1}).numbers("b").at(0) == -1);
  CHECK(read_table("\xef\xbb\xbf"
                   "a,b\n1,2\n",
                   "t")
            .names()[0] == "a");
}

TEST_CASE("table: what is none is told with its place", "[table]") {
  const auto read = [](std::string_view text, const TableOptions& options = {}) { read_table(text, "t.csv", options); };
  CHECK_THROWS_WITH(read("a,b\n1,2\n3\n"), "t.csv: line 3: expected 2 columns, got 1");
  CHECK_THROWS_WITH(read("a,b\n1,2\n3,\n"), "t.csv: line 3, column 2: expected a finite number, got an empty field");
  CHECK_THROWS_WITH(read("a,b\n1,2\n3,inf\n"), "t.csv: line 3, column 2: expected a finite number, got 'inf'");
  CHECK_THROWS_WITH(read("a,b\n1,1e300\n"),
                    "t.csv: line 2, column 2: expected a number that float32 can hold, got '1e300'");
  CHECK_THROWS_WITH(read("a,a\n1,2\n"), "t.csv: column 2 has the name 'a' of another one");
  CHECK_THROWS_WITH(read("a,b\n"), "t.csv: expected rows below the names of columns, got none");
  CHECK_THROWS_WITH(read(""), "t.csv: expected a line of names of columns, got none");
  CHECK_THROWS_WITH(read("a,b\n\"1,2\n"), Contains("a quote that is not closed"));
  CHECK_THROWS_WITH(read("a,b\n1,2\n", {.texts = {"c"}}), Contains("there is no column \"c\""));
  CHECK_THROWS_AS(read("\x89HDF\r\n\x1a\n"), DataError);
}

TEST_CASE("table: texts and labels of a CSV are what a folder of texts gives", "[table]") {
  const TemporaryFolder folder;
  const std::string path = folder / "reviews.csv";
  write_text(path, "text,label\n\"good, really\",pos\nbad,neg\nfine,pos\n");
  const TextFolder read = text_dataset_from_csv(path);
  CHECK(read.texts[0] == "good, really");
  CHECK(read.labels.to_vector<int>() == std::vector<int>{1, 0, 1});
  CHECK(read.class_names == std::vector<std::string>{"neg", "pos"});
  const TextFolder binary = text_dataset_from_csv(path, {.label_mode = "binary"});
  CHECK(binary.labels.shape() == Shape{3, 1});
  CHECK(binary.labels.at(2) == 1);
  CHECK(text_dataset_from_csv(path, {.label_mode = "categorical"}).labels.shape() == Shape{3, 2});
  CHECK_FALSE(text_dataset_from_csv(path, {.label_mode = {}}).labels);
  const std::string swapped = folder / "swapped.csv";
  write_text(swapped, "stars,id,review\n5,7,12\n1,8,13\n");
  const TextFolder named = text_dataset_from_csv(swapped, {.text = "review", .label = "stars"});
  CHECK(named.texts[1] == "13");
  CHECK(named.class_names == std::vector<std::string>{"1", "5"});
  CHECK_THROWS_WITH(text_dataset_from_csv(path, {.text = "text", .label = "text"}), Contains("\"text\" for both"));
  CHECK_THROWS_WITH(text_dataset_from_csv(path, {.label_mode = "odd"}), Contains("got \"odd\""));
}

}  // namespace
}  // namespace reel
