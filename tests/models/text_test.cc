#include "reel/models/data/text.h"

#include <catch2/catch.hpp>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("text_to_words cuts words as Keras's Tokenizer does", "[text]") {
  CHECK(text_to_words("I didn't like the movie; the plot was thin...") ==
        Words{"i", "didn't", "like", "the", "movie", "the", "plot", "was", "thin"});
  CHECK(text_to_words("A film about\ta film\nabout 2 films") ==
        Words{"a", "film", "about", "a", "film", "about", "2", "films"});
  CHECK(text_to_words("good!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~bad") == Words{"good", "bad"});
  CHECK(text_to_words("Fine.<br /><br />'Quoted'") == Words{"fine", "br", "br", "'quoted'"});
  CHECK(text_to_words("").empty());
  CHECK(text_to_words(" ...\n").empty());
}

TEST_CASE("text_to_words lower-cases Latin-1 letters and leaves other bytes alone", "[text]") {
  CHECK(text_to_words("\xC3\x89toile 3\xC3\x97"  // U+00C9, U+00D7
                      "4") == Words{"\xC3\xA9toile",
                                    "3\xC3\x97"
                                    "4"});
  CHECK(text_to_words("cut \xC3") == Words{"cut", "\xC3"});
}

TEST_CASE("encode_text gives rank + 3, start, and 2 for what is out of the vocabulary", "[text]") {
  const WordIndex index{{"the", 1}, {"film", 2}, {"dull", 7}, {"edge", 6}};
  CHECK(encode_text("The film: DULL, unheard-of", index, 10) == std::vector<int32_t>{1, 4, 5, 2, 2, 2});
  CHECK(encode_text("edge dull", index, 10) == std::vector<int32_t>{1, 9, 2});
  CHECK(encode_text("dull", index, 0) == std::vector<int32_t>{1, 10});
  CHECK(encode_text("the", index, 10, {.index_from = 0, .start_char = 9, .oov_char = 8}) == std::vector<int32_t>{9, 1});
  CHECK(encode_text("", index, 10) == std::vector<int32_t>{1});
}

TEST_CASE("decode_ids reads back what encode_text wrote", "[text]") {
  const WordIndex index{{"the", 1}, {"film", 2}, {"dull", 4}};
  const Words words = reverse_word_index(index);
  CHECK(words == Words{"", "the", "film", "", "dull"});
  CHECK(decode_ids(std::vector<int32_t>{0, 0, 1, 4, 5, 2, 7}, words) == "the film ? dull");
  CHECK(decode_ids(std::vector<int32_t>{3, 6, 1000000, -5}, words) == "? ? ? ?");
  CHECK(decode_ids({}, words).empty());
}

TEST_CASE("reverse_word_index refuses ranks that no vocabulary has", "[text]") {
  CHECK_THROWS_AS(reverse_word_index({{"zero", 0}}), DataError);
  CHECK_THROWS_WITH(reverse_word_index({{"huge", 2000000000}}), Catch::Contains("\"huge\" is 2000000000"));
  CHECK_THROWS_AS(reverse_word_index({{"one", 1 << 24}}), DataError);
  CHECK(reverse_word_index({{"one", 1 << 17}}).size() == (1 << 17) + 1);
}

TEST_CASE("build_word_index ranks by frequency, then by first appearance", "[text]") {
  // Keras's Tokenizer, fitted on these, gives the same ranks.
  const Words texts{"The movie was great, really GREAT!", "I didn't like the movie; the plot was thin...",
                    "Great plot, great acting - what a film!", "Boring. Boring? Boring!!"};
  const WordIndex expected{{"great", 1}, {"the", 2},     {"boring", 3}, {"movie", 4},  {"was", 5},
                           {"plot", 6},  {"really", 7},  {"i", 8},      {"didn't", 9}, {"like", 10},
                           {"thin", 11}, {"acting", 12}, {"what", 13},  {"a", 14},     {"film", 15}};
  CHECK(build_word_index(texts) == expected);
}

}  // namespace
}  // namespace reel
