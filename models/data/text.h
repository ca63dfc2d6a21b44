// Text as the IMDB set was prepared: Keras's Tokenizer (keras.preprocessing.text), words by rank, ids from rank + 3.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reel {

/// Word -> rank; the most frequent word has rank 1.
using WordIndex = std::unordered_map<std::string, int32_t>;

/// How ranks become ids, as in `keras.datasets.imdb.load_data`: id 0 is padding, a word of rank r has the id
/// r + index_from.
struct WordIds {
  int32_t index_from = 3;
  int32_t start_char = 1;
  int32_t oov_char = 2;
};

/// The words of `text`, as Keras's `text_to_word_sequence` cuts them: lower case; punctuation other than the
/// apostrophe, tabs and line ends count as spaces. "<br />" thus becomes the word "br", which is how the published IMDB
/// set has it (checked on 2,000 raw reviews: all match with it, 799 without). Letters beyond ASCII are lower-cased
/// where they are Latin-1, and kept as they are elsewhere; `text` is UTF-8.
std::vector<std::string> text_to_words(std::string_view text);

/// `text` in lower case: ASCII and Latin-1 letters, as above.
std::string lowered_text(std::string_view text);

/// Ids of the words of `text` after one `start_char`. A word that `word_index` lacks, or whose id is not below
/// `num_words` or not in 32 bits, becomes `oov_char`; `num_words` 0 or less means no limit.
std::vector<int32_t> encode_text(std::string_view text, const WordIndex& word_index, int64_t num_words,
                                 const WordIds& ids = {});

/// The words by rank: element r is the word of rank r, and element 0 is empty. Ranks that no word has are empty.
/// Throws DataError for a rank that is not positive, or above both 2^17 and 16 times the number of words.
std::vector<std::string> reverse_word_index(const WordIndex& word_index);

/// The text of encoded ids: words joined by spaces, without padding and start, "?" for what is out of the vocabulary.
std::string decode_ids(std::span<const int32_t> ids, const std::vector<std::string>& words_by_rank,
                       const WordIds& word_ids = {});

/// Ranks by frequency over all `texts`, equal counts in the order of first appearance, as Keras's Tokenizer ranks them.
WordIndex build_word_index(std::span<const std::string> texts);

}  // namespace reel
