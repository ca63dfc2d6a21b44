// Tables in text, as people and their programs write them.
#include "reel/models/data/csv.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;
using Values = std::vector<double>;
using namespace std::string_literals;

struct Read {
  Shape shape;
  Values values;
  std::string said;
};

Read read(std::string_view text, std::optional<char> separator = {}) {
  Read out;
  const auto say = [&](const std::string& line) { out.said += line + "\n"; };
  const Tensor table = read_csv(text, "t.csv", {.separator = separator, .say = say});
  CHECK(table.dtype() == DType::f32);
  out.shape = table.shape();
  for (int64_t i = 0; i < table.size(); ++i) out.values.push_back(table.at(i));
  return out;
}

/// Values of a table about whose reading there is nothing to say.
Values silent(std::string_view text) {
  const Read out = read(text);
  CHECK(out.said == "");
  return out.values;
}

std::string utf16(const std::string& text, bool little) {
  std::string out = little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : text) out += little ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST_CASE("CSV tables become tensors", "[data][csv]") {
  const Read table = read("height, width\r\n1,2.5\r\n\r\n -3e2 ,+4\n");
  CHECK(table.shape == Shape{2, 2});
  CHECK(table.values == Values{1, 2.5, -300, 4});
  CHECK(table.said == "");
  CHECK(silent("7") == Values{7});
  CHECK(silent("a\n7\n") == Values{7});
  CHECK(read("1,2\n3,4").shape == Shape{2, 2});
  CHECK(silent("\xef\xbb\xbf"
               "1,2\n") == Values{1, 2});
  CHECK(read("a\tb\n1\t2\n", '\t').values == Values{1, 2});
}

TEST_CASE("CSV lines end with LF, CRLF or CR", "[data][csv]") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Read table = read("a,b" + end + "1,2" + end + end + "3,4" + end);
    CHECK(table.shape == Shape{2, 2});
    CHECK(table.values == Values{1, 2, 3, 4});
    CHECK_THROWS_WITH(read("a,b" + end + "1,2" + end + end + "3,x"), Contains("line 4, column 2"));
  }
}

TEST_CASE("CSV numbers are those of Python's float that float32 can hold", "[data][csv]") {
  CHECK(silent("1e-400,-1e-400\n") == Values{0, 0});
  CHECK(silent("1e-46,1e-39\n") == Values{0, static_cast<double>(1e-39f)});
  CHECK(silent(".5,5.,+.5,1E3,00\n1,2,3,4,5\n") == Values{.5, 5, .5, 1000, 0, 1, 2, 3, 4, 5});
  CHECK(silent("0." + std::string(400, '0') + "1\n") == Values{0});
  for (const char* field : {"", "nan", "inf", "-Infinity", "1e39", "1e400", "NA", "null", "0x10", "1.5.2", "--1", "+-1",
                            "+", "1 2", "1_000", "nan(1)", "1e", "5%"}) {
    CAPTURE(field);
    CHECK_THROWS_WITH(read("1,2\n3," + std::string(field) + "\n"), Contains("t.csv: line 2, column 2: expected a"));
  }
  CHECK_THROWS_WITH(read("1,2\n3,\n"), "t.csv: line 2, column 2: expected a finite number, got an empty field");
  CHECK_THROWS_WITH(read("1,2\n3,nan\n"), "t.csv: line 2, column 2: expected a finite number, got 'nan'");
  CHECK_THROWS_WITH(read("1,2\n3,1e39\n"),
                    "t.csv: line 2, column 2: expected a number that float32 can hold, got '1e39'");
}

TEST_CASE("a first line without text is no header", "[data][csv]") {
  for (const char* line : {"inf,-inf", "nan,nan", "1e39,1", ",", "NA,NA", "NaN,1", "1e400,-1e400", ",1"}) {
    CAPTURE(line);
    CHECK_THROWS_WITH(read(std::string(line) + "\n1,2\n3,4\n"), Contains("t.csv: line 1, column 1: expected a"));
  }
  CHECK(silent("1e-400,1\n2,3\n") == Values{0, 1, 2, 3});
  CHECK(silent("1,0\n2,3\n") == Values{1, 0, 2, 3});
  CHECK(silent("0.0,1.0\n2,3\n") == Values{0, 1, 2, 3});
  CHECK(silent("0,1,3\n2,3,4\n") == Values{0, 1, 3, 2, 3, 4});
  CHECK(silent("0\n1\n2\n") == Values{0, 1, 2});
  CHECK(silent("0\n1.5\n2\n") == Values{0, 1.5, 2});
}

TEST_CASE("a header is a line with text, or one that counts as pandas does", "[data][csv]") {
  CHECK(read("a,inf,nan\n1,2,3\n").values == Values{1, 2, 3});
  CHECK(read("0,1,2,3\n5,6,7,8\n").values == Values{5, 6, 7, 8});
  CHECK(read("0,1,2,3\n5,6,7,8\n").said ==
        "t.csv: line 1 counts columns from 0, as pandas writes it: taken for a header\n");
  CHECK(read("\"0\",\"1\"\n5,6\n").values == Values{5, 6});
  CHECK(read("0\n1.5\n2e3\n").values == Values{1.5, 2000});
  CHECK_THAT(read("0\n1.5\n2e3\n").said, Contains("taken for a header"));
  // Numbers beside the text: perhaps a row with a slip in it.
  CHECK(read("1,2x\n3,4\n").values == Values{3, 4});
  CHECK(read("1,2x\n3,4\n").said == "t.csv: line 1 is taken for a header, since column 2 of it is '2x'\n");
  CHECK_THROWS_WITH(read("1,x\n"), Contains("expected rows of numbers, got only a header"));
  for (const char* text : {"", "\n\n", "a,b\n"}) CHECK_THROWS_WITH(read(text), Contains("expected rows of numbers"));
}

TEST_CASE("CSV fields may be in quotes", "[data][csv]") {
  CHECK(silent("\"a, or b\",\"say \"\"c\"\"\"\n\"1\", \"2.5\" \n\"-3\",4\n") == Values{1, 2.5, -3, 4});
  CHECK(silent("\"two\nlines\",b\n1,2\n") == Values{1, 2});
  CHECK_THROWS_WITH(read("\"two\r\nlines\",b\n1,x\n"), Contains("line 3, column 2"));
  CHECK_THROWS_WITH(read("1,2\n3,\"4\n5,6\n"),
                    "t.csv: line 2, column 2: expected a field, got a quote that is not closed");
  CHECK_THROWS_WITH(read("1,2\n\"3\"4,5\n"),
                    "t.csv: line 2, column 1: expected a field, got text after a closing quote");
  const std::string spaces = "got text after a closing quote; the table looks separated by spaces, expected ',', ";
  CHECK_THROWS_WITH(read("\"a\" \"b\"\n\"1\" 1.5 2\n"), Contains(spaces));  // R's write.table
  CHECK_THROWS_WITH(read("\"a, b\"|\"c\"\n1|2\n"), Contains("text after a closing quote"));
  CHECK_THROWS_WITH(read("1\n\"\"\n"), Contains("line 2, column 1"));
}

TEST_CASE("semicolons and tabs separate, and leave the comma to be a decimal sign", "[data][csv]") {
  CHECK(silent("a;b\n1;2.5\n") == Values{1, 2.5});
  CHECK(silent("1\t2\n3\t4\n") == Values{1, 2, 3, 4});
  const Read german = read("Höhe;Breite\n1,5;-2\n0,25;1,0e2\n");
  CHECK(german.values == Values{1.5, -2, 0.25, 100});
  CHECK(german.said == "t.csv: read with ';' between fields and a decimal comma\n");
  CHECK(read("1,5\t2,5\n").values == Values{1.5, 2.5});
  CHECK_THAT(read("1,5\t2,5\n").said, Contains("tabs between fields and a decimal comma"));
  CHECK(read("\"1,5\";\"2,5\"\n").values == Values{1.5, 2.5});
  CHECK(read("sep=;\r\na;b\r\n1;2\r\n").values == Values{1, 2});
  CHECK(silent("1,5\n2,5\n") == Values{1, 5, 2, 5});
  CHECK_THROWS_WITH(read("1,5;2\n1.5;3\n"),
                    "t.csv: line 2, column 1: expected ',' as decimal sign, as in line 1, got '.'");
  CHECK_THROWS_WITH(read("1,5;2\n1.234,5;3\n"), Contains("line 2, column 1: expected a finite number, got '1.234,5'"));
  CHECK_THROWS_WITH(read("1;2\n3;4;5\n"), Contains("line 2: expected 2 columns, got 3"));
  CHECK_THROWS_WITH(read("a;b\n1,5;x\n2,5;y\n"), Contains("line 2, column 2: expected a finite number, got 'x'"));
  CHECK_THROWS_WITH(read("1 2\n3 4\n"), Contains("line 2, column 1") && Contains("looks separated by spaces"));
  CHECK_THROWS_WITH(read("a|b\n3|4\n"), Contains("looks separated by '|'"));
}

TEST_CASE("an index column is left out where it is one", "[data][csv]") {
  const std::string index_said =
      "t.csv: the first column has no name and counts the rows from 0: left out as an index\n";
  CHECK(read(",a,b\n0,5,6\n1,7,8\n").values == Values{5, 6, 7, 8});
  CHECK(read(",a,b\n0,5,6\n1,7,8\n").said == index_said);
  CHECK(read(",0\n0,1.5\n1,2.5\n").values == Values{1.5, 2.5});  // DataFrame(x).to_csv()
  CHECK(read("Unnamed: 0,a\n0,5\n1,6\n").values == Values{5, 6});
  CHECK(read("\"\",\"a\"\n\"1\",5\n\"2\",6\n").values == Values{5, 6});  // R's write.csv
  CHECK(read("a\n1,5\n2,6\n").values == Values{5, 6});                   // R's write.table
  CHECK(silent("id,a\n0,5\n1,6\n") == Values{0, 5, 1, 6});
  CHECK(silent(",a\n0.5,5\n1,6\n") == Values{0.5, 5, 1, 6});
  CHECK_THROWS_WITH(read(",a\n7,5\n3,6\n"), Contains("t.csv: the first column has no name and looks like an index"));
  // pandas.concat of two tables, and one row again and again
  CHECK_THROWS_WITH(read(",a\n0,5\n1,6\n2,7\n0,5\n1,6\n"),
                    Contains("looks like an index, but does not count the rows"));
  CHECK_THROWS_WITH(read(",a\n3,5\n3,6\n"), Contains("looks like an index, but does not count the rows"));
  // Years as names
  CHECK(read(",2019,2020\n0,1.5,2\n").values == Values{1.5, 2});
  CHECK(read(",2019,2020\n1,1.5,2\n2,3,4\n").values == Values{1.5, 2, 3, 4});
  CHECK(read(",2019,2020\n0,1.5,2\n").said ==
        "t.csv: the first column has no name and counts the rows from 0: left out as an index, and the numbers of the "
        "first line taken for a header\n");
  CHECK_THROWS_WITH(read(",2019\n0,1.5\n2,3\n"), Contains("t.csv: line 1, column 1: expected a finite number"));
}

TEST_CASE("CSV is told from JSON, XML and UTF-32", "[data][csv]") {
  for (const char* json :
       {"[[1,2],[3,4]]", "[\n  [1, 2],\n  [3, 4]\n]\n", "{\"a\": [1, 2]}", "{\"a\":1}\n{\"a\":2}\n"}) {
    CHECK_THROWS_WITH(read(json), "t.csv: expected a table in text, got what looks like a JSON file");
  }
  CHECK_THROWS_WITH(read("<?xml version=\"1.0\"?>\n<a>1</a>\n"), Contains("got what looks like an XML document"));
  CHECK(silent("[a],[b]\n1,2\n") == Values{1, 2});
  CHECK_THROWS_WITH(read("\xff\xfe\0\0001\0\0\0"s),
                    Contains("expected a table in text as UTF-8 or UTF-16, got UTF-32"));
  CHECK_THROWS_WITH(read("\0\0\xfe\xff\0\0\0001"s), Contains("got UTF-32"));
}

TEST_CASE("CSV lines and numbers are of a size that can be held", "[data][csv]") {
  std::string wide = "1";
  for (int i = 1; i < 1 << 20; ++i) wide += ",1";
  CHECK(read(wide).shape == Shape{1, 1 << 20});
  CHECK_THROWS_WITH(read(wide + ",1"),
                    Contains("t.csv: line 1, column 1048576") && Contains("got more than 1048576 fields in a line"));
  CHECK_THROWS_WITH(read(std::string(1 << 21, ',')), Contains("got more than 1048576 fields in a line"));
  CHECK_THROWS_WITH(read("1\n0." + std::string(1 << 16, '0') + "1\n"), Contains("t.csv: line 2, column 1"));
}

TEST_CASE("UTF-16 with a byte order mark is read", "[data][csv]") {
  for (const bool little : {true, false}) {
    CHECK(read(utf16("a\tb\r\n1\t2,5\r\n", little)).values == Values{1, 2.5});
    CHECK_THROWS_WITH(read(utf16("1,2\n", little) + "x"), Contains("t.csv: UTF-16 has two bytes a character, got 11"));
  }
  CHECK_THROWS_WITH(read(utf16("1,2\n", true).substr(2)), Contains("looks like UTF-16 without a byte order mark"));
  CHECK(silent("\xff\xfe\x3d\xd8\x00\xde,\0b\0\n\0"
               "1\0,\0"
               "2\0"s) == Values{1, 2});  // an emoji in the header
}

TEST_CASE("CSV errors name line and column, and what came as it can be seen", "[data][csv]") {
  CHECK_THROWS_WITH(read("a,b\n1,2\n\n3,x\n"), "t.csv: line 4, column 2: expected a finite number, got 'x'");
  CHECK_THROWS_WITH(read("1,2\n3\n"), Contains("t.csv: line 2: expected 2 columns, got 1"));
  CHECK_THROWS_WITH(read("1,2\n3,4,5\n"), Contains("line 2: expected 2 columns, got 3"));
  CHECK_THROWS_WITH(read("1,2\n3,\x1b[31m\x07\n"), Contains("got '\\x1b[31m\\x07'"));
  CHECK_THROWS_WITH(read("1,2\n3," + std::string(1000, 'x') + "\n"), Contains("got '" + std::string(40, 'x') + "...'"));
  CHECK_THROWS_WITH(read("\x89PNG\r\n\x1a\n\0\0"s), Contains("got what looks like a PNG picture"));
  CHECK(silent("PAR1,BZh9\n1,2\n") == Values{1, 2});
}

}  // namespace
}  // namespace reel
