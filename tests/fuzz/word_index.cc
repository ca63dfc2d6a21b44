// Reads: models/formats/json_cost.cc models/data/text.cc
#include <fmt/format.h>

#include "fuzz.h"
#include "reel/models/data/imdb.h"
#include "reel/models/data/text.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const WordIndex index = imdb::read_word_index(file_of(input, "imdb_word_index.json"));
  const std::vector<std::string> words = reverse_word_index(index);
  for (size_t rank = 1; rank < words.size(); ++rank) {
    if (words[rank].empty()) continue;
    const auto found = index.find(words[rank]);
    require(found != index.end() && found->second == static_cast<int32_t>(rank), "a word has another rank");
  }
  for (const auto& [word, rank] : index) {
    const std::vector<int32_t> ids = encode_text(word, index, 0);
    require(!ids.empty() && ids[0] == WordIds{}.start_char, "a text does not begin with the start");
    decode_ids(ids, words);
  }
}

}  // namespace reel::fuzz
