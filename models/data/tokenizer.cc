#include "reel/models/data/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/graph/printable.h"

namespace reel {

std::vector<std::string> Tokenizer::words_of(const std::string& text) const {
  const std::string cased = options_.lower ? lowered_text(text) : text;
  std::vector<std::string> words;
  if (options_.char_level) {
    for (size_t at = 0; at < cased.size();) {
      size_t end = at + 1;
      while (end < cased.size() && (static_cast<uint8_t>(cased[end]) & 0xC0) == 0x80) ++end;
      words.push_back(cased.substr(at, end - at));
      at = end;
    }
    return words;
  }
  std::string spaced;
  for (const char c : cased) {
    if (options_.filters.find(c) != std::string::npos)
      spaced += options_.split;
    else
      spaced += c;
  }
  if (options_.split.empty()) throw ValueError("Tokenizer: split must be a text of one character at least");
  for (size_t begin = 0; begin <= spaced.size();) {
    const size_t end = std::min(spaced.find(options_.split, begin), spaced.size());
    if (end > begin) words.push_back(spaced.substr(begin, end - begin));
    begin = end + options_.split.size();
  }
  return words;
}

void Tokenizer::fit_on_texts(std::span<const std::string> texts) {
  for (const std::string& text : texts) {
    ++documents_;
    std::set<std::string> met;
    for (std::string& word : words_of(text)) {
      const auto [place, is_new] = places_.try_emplace(word, counts_.size());
      if (is_new) counts_.emplace_back(word, 0);
      ++counts_[place->second].second;
      met.insert(std::move(word));
    }
    for (const std::string& word : met) ++documents_of_[word];
  }
  auto ordered = counts_;
  std::ranges::stable_sort(ordered, std::greater(), [](const auto& count) { return count.second; });
  words_by_rank_ = {""};
  if (options_.oov_token) words_by_rank_.push_back(*options_.oov_token);
  for (auto& [word, count] : ordered) {
    if (word != options_.oov_token) words_by_rank_.push_back(std::move(word));
  }
  word_index_.clear();
  for (size_t rank = 1; rank < words_by_rank_.size(); ++rank) {
    word_index_.emplace(words_by_rank_[rank], static_cast<int32_t>(rank));
  }
}

std::vector<std::vector<int32_t>> Tokenizer::texts_to_sequences(std::span<const std::string> texts) const {
  std::vector<std::vector<int32_t>> sequences;
  for (const std::string& text : texts) {
    std::vector<int32_t>& sequence = sequences.emplace_back();
    for (const std::string& word : words_of(text)) {
      const auto found = word_index_.find(word);
      if (found != word_index_.end() && is_used(found->second))
        sequence.push_back(found->second);
      else if (options_.oov_token)
        sequence.push_back(1);
    }
  }
  return sequences;
}

std::vector<std::string> Tokenizer::sequences_to_texts(const std::vector<std::vector<int32_t>>& sequences) const {
  std::vector<std::string> texts;
  for (const std::vector<int32_t>& sequence : sequences) {
    std::string& text = texts.emplace_back();
    for (const int32_t rank : sequence) {
      const bool is_known = rank > 0 && static_cast<size_t>(rank) < words_by_rank_.size() && is_used(rank);
      if (!is_known && !options_.oov_token) continue;
      if (!text.empty()) text += ' ';
      text += is_known ? words_by_rank_[static_cast<size_t>(rank)] : *options_.oov_token;
    }
  }
  return texts;
}

Tensor Tokenizer::texts_to_matrix(std::span<const std::string> texts, std::string_view mode) const {
  if (mode != "binary" && mode != "count" && mode != "freq" && mode != "tfidf") {
    throw ValueError(fmt::format("Tokenizer: mode must be binary, count, freq or tfidf, got \"{}\"", excerpt(mode)));
  }
  if (!options_.num_words && word_index_.empty()) {
    throw ValueError("Tokenizer: num_words, or texts to count before, are needed for a matrix");
  }
  const int64_t columns = options_.num_words.value_or(static_cast<int64_t>(word_index_.size()) + 1);
  Tensor matrix = Tensor::zeros({static_cast<int64_t>(texts.size()), columns}, DType::f64);
  double* row = matrix.data<double>().data();
  for (const std::vector<int32_t>& sequence : texts_to_sequences(texts)) {
    std::map<int32_t, double> counts;
    for (const int32_t rank : sequence) ++counts[rank];
    for (const auto& [rank, count] : counts) {
      if (rank >= columns) continue;
      double& at = row[rank];
      at = count;
      if (mode == "binary") at = 1;
      if (mode == "freq") at = count / static_cast<double>(sequence.size());
      if (mode != "tfidf") continue;
      const auto with = documents_of_.find(words_by_rank_[static_cast<size_t>(rank)]);
      const auto texts_with = static_cast<double>(with == documents_of_.end() ? 0 : with->second);
      at = (1 + plain_log(count)) * plain_log(1 + static_cast<double>(documents_) / (1 + texts_with));
    }
    row += columns;
  }
  return matrix;
}

}  // namespace reel
