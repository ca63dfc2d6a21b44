// Text of others in messages.
#include "reel/graph/printable.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "reel/graph/error.h"

namespace reel {
namespace {

TEST_CASE("printable: what can be seen stays", "[printable]") {
  for (const char* text :
       {"", "plain text, 'quoted' and \\ escaped", "Grüße aus Köln", "日本語", "👩🚀 naïve", "\\x1b[2J"}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("printable: what a terminal obeys, or nobody sees, becomes an escape", "[printable]") {
  struct Case {
    std::string text;
    const char* expected;
  };
  const Case cases[] = {
      {"\x1b[2J\x1b]0;title\a", "\\x1b[2J\\x1b]0;title\\x07"},
      {"a\nb\r\tc", "a\\nb\\r\\tc"},
      {std::string("nul\0!", 5), "nul\\x00!"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\u009b31m"},  // CSI in one character
      {"\xe2\x80\xae"
       "evil\xe2\x81\xa6",
       "\\u202eevil\\u2066"},  // bidirectional override and isolate
      {"a\xe2\x80\x8b"
       "b\xef\xbb\xbf",
       "a\\u200bb\\ufeff"},
      {"\xe2\x80\xa8\xc2\xad", "\\u2028\\u00ad"},
      {"\xf3\xa0\x81\x81", "\\U000e0041"},  // a tag
  };
  for (const auto& [text, expected] : cases) {
    CHECK(printable(text) == expected);
    CHECK(printable(printable(text)) == expected);
  }
}

TEST_CASE("printable: bytes that are no UTF-8 become escapes, one by one", "[printable]") {
  CHECK(printable("\x80") == "\\x80");
  CHECK(printable("caf\xe9 au lait") == "caf\\xe9 au lait");
  CHECK(printable("\xc3") == "\\xc3");                             // cut short
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");                    // longer than need be
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           //
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  CHECK(printable("\xff\xfe"
                  "1\xe2\x82\xac") ==
        "\\xff\\xfe"
        "1€");  // clang-format keeps the parts
}

TEST_CASE("excerpt: the beginning, cut between characters", "[printable]") {
  CHECK(excerpt("abc", 3) == "abc");
  CHECK(excerpt("abcd", 3) == "abc...");
  CHECK(excerpt("äöüß", 3) == "äöü...");
  CHECK(excerpt("\x1b\x1b\x1b\x1b", 2) == "\\x1b\\x1b...");
  CHECK(excerpt("", 0) == "");
  CHECK(excerpt(std::string(1 << 20, 'x')) == std::string(80, 'x') + "...");
}

TEST_CASE("messages of all errors are printable", "[printable]") {
  CHECK(std::string(Error("\x1b[31m").what()) == "\\x1b[31m");
  CHECK(std::string(ShapeError("a\nb").what()) == "a\\nb");
  CHECK(std::string(ValueError("\xff").what()) == "\\xff");
  CHECK(std::string(DataError("a.csv: '\x07'").what()) == "a.csv: '\\x07'");
  CHECK(std::string(NumericError("plain").what()) == "plain");
}

}  // namespace
}  // namespace reel
