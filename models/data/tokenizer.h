// Tokenizer: words of texts by rank, as Keras had it before TextVectorization.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/data/text.h"

namespace reel {

struct TokenizerOptions {
  std::optional<int64_t> num_words = {};                          ///< ranks below this are used, so one word fewer
  std::string filters = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n";  ///< characters that count as `split`
  bool lower = true;
  std::string split = " ";
  bool char_level = false;                    ///< tokens are characters, of which none is filtered
  std::optional<std::string> oov_token = {};  ///< of rank 1; stands for words without a rank, which else are left out
};

/// Ranks words by how often they occur, 1 for the most frequent, and of words of one frequency the first that was met;
/// then turns texts into ranks. keras.preprocessing.text.Tokenizer of Keras 2.
class Tokenizer {
 public:
  explicit Tokenizer(TokenizerOptions options = {}) : options_(std::move(options)) {}

  /// Counts these texts, too.
  void fit_on_texts(std::span<const std::string> texts);
  std::vector<std::vector<int32_t>> texts_to_sequences(std::span<const std::string> texts) const;
  /// Words joined by spaces; ranks that no word has are left out, or are the oov token.
  std::vector<std::string> sequences_to_texts(const std::vector<std::vector<int32_t>>& sequences) const;
  /// [n, num_words], or one column more than there are words: "binary" which words a text has, "count" how often,
  /// "freq" that divided by all, "tfidf" (1 + log count) log(1 + texts / (1 + texts with the word)), in f64. Throws
  /// ValueError for another mode, and before any text was counted.
  Tensor texts_to_matrix(std::span<const std::string> texts, std::string_view mode = "binary") const;

  const WordIndex& word_index() const { return word_index_; }
  /// In the order in which words were met.
  const std::vector<std::pair<std::string, int64_t>>& word_counts() const { return counts_; }
  int64_t document_count() const { return documents_; }

 private:
  std::vector<std::string> words_of(const std::string& text) const;
  bool is_used(int64_t rank) const { return !options_.num_words || rank < *options_.num_words; }

  TokenizerOptions options_;
  int64_t documents_ = 0;
  std::vector<std::pair<std::string, int64_t>> counts_;
  std::unordered_map<std::string, size_t> places_;         // in `counts_`
  std::unordered_map<std::string, int64_t> documents_of_;  // texts that have the word
  WordIndex word_index_;
  std::vector<std::string> words_by_rank_;  // rank 0 is none
};

}  // namespace reel
