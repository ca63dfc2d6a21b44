// Reads: models/data/text.cc
#include "reel/models/data/text.h"

#include <fmt/format.h>

#include "fuzz.h"
#include "reel/models/formats/bytes.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const std::vector<std::string> texts = {std::string(text_of(input))};
  const std::vector<std::string> words = text_to_words(texts[0]);
  const std::string joined = fmt::format("{}", fmt::join(words, " "));
  require(text_to_words(joined) == words, "other words of the words");
  const WordIndex index = build_word_index(texts);
  const std::vector<std::string> by_rank = reverse_word_index(index);
  const std::vector<int32_t> ids = encode_text(texts[0], index, 0);
  require(ids.size() == words.size() + 1, "not an id a word");
  require(decode_ids(ids, by_rank) == joined, "ids that stand for other words");
  // The half of the words that are rare are out of the vocabulary.
  const auto num_words = static_cast<int64_t>(index.size()) / 2 + 3;
  for (const int32_t id : encode_text(texts[0], index, num_words)) require(id >= 0 && id < num_words, "a rare word");
}

}  // namespace reel::fuzz
