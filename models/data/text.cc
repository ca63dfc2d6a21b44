#include "reel/models/data/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr std::string_view kSeparators = " !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n";

}  // namespace

std::string lowered_text(std::string_view text) {
  std::string result(text);
  for (size_t i = 0; i < result.size(); ++i) {
    const auto c = static_cast<unsigned char>(result[i]);
    if (c >= 'A' && c <= 'Z') {
      result[i] = static_cast<char>(c + 32);
    } else if (c == 0xC3 && i + 1 < result.size()) {
      // U+00C0 to U+00DE are the Latin-1 capitals, but for the multiplication sign U+00D7.
      const auto next = static_cast<unsigned char>(result[i + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) result[i + 1] = static_cast<char>(next + 32);
    }
  }
  return result;
}

std::vector<std::string> text_to_words(std::string_view text) {
  const std::string lowered = lowered_text(text);
  std::vector<std::string> words;
  size_t begin = lowered.find_first_not_of(kSeparators);
  while (begin != std::string::npos) {
    const size_t end = std::min(lowered.find_first_of(kSeparators, begin), lowered.size());
    words.push_back(lowered.substr(begin, end - begin));
    begin = lowered.find_first_not_of(kSeparators, end);
  }
  return words;
}

std::vector<int32_t> encode_text(std::string_view text, const WordIndex& word_index, int64_t num_words,
                                 const WordIds& ids) {
  std::vector<int32_t> encoded{ids.start_char};
  for (const std::string& word : text_to_words(text)) {
    const auto found = word_index.find(word);
    const int64_t id = found == word_index.end() ? -1 : int64_t{found->second} + ids.index_from;
    const bool known = id >= 0 && std::in_range<int32_t>(id) && (num_words <= 0 || id < num_words);
    encoded.push_back(known ? static_cast<int32_t>(id) : ids.oov_char);
  }
  return encoded;
}

std::vector<std::string> reverse_word_index(const WordIndex& word_index) {
  // A part of an index has gaps between its ranks, and each of them takes the memory of a word.
  constexpr uint64_t kMostForAny = 1 << 17, kMostByWord = 16;
  const auto largest = static_cast<int64_t>(std::max(kMostForAny, kMostByWord * word_index.size()));
  std::vector<std::string> words(1);
  for (const auto& [word, rank] : word_index) {
    if (rank < 1 || rank > largest) {
      throw DataError(fmt::format("word index: rank of \"{}\" is {}, expected 1 to {}, for {} words", excerpt(word),
                                  rank, largest, word_index.size()));
    }
    if (words.size() <= static_cast<size_t>(rank)) words.resize(static_cast<size_t>(rank) + 1);
    words[static_cast<size_t>(rank)] = word;
  }
  return words;
}

std::string decode_ids(std::span<const int32_t> ids, const std::vector<std::string>& words_by_rank,
                       const WordIds& word_ids) {
  std::string text;
  for (const int32_t id : ids) {
    if (id == 0 || id == word_ids.start_char) continue;
    const int64_t rank = int64_t{id} - word_ids.index_from;
    const bool known = rank > 0 && rank < static_cast<int64_t>(words_by_rank.size());
    if (!text.empty()) text += ' ';
    text += known && !words_by_rank[static_cast<size_t>(rank)].empty() ? words_by_rank[static_cast<size_t>(rank)] : "?";
  }
  return text;
}

WordIndex build_word_index(std::span<const std::string> texts) {
  std::vector<std::pair<std::string, int64_t>> counts;  // in order of first appearance
  std::unordered_map<std::string, size_t> places;
  for (const std::string& text : texts) {
    for (std::string& word : text_to_words(text)) {
      const auto [place, is_new] = places.try_emplace(word, counts.size());
      if (is_new) counts.emplace_back(std::move(word), 0);
      ++counts[place->second].second;
    }
  }
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  WordIndex index;
  for (const auto& [word, count] : counts) index.emplace(word, static_cast<int32_t>(index.size()) + 1);
  return index;
}

}  // namespace reel
