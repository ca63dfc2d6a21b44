// TextVectorization: from texts to indices of words.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/models/describe/numbers.h"
#include "reel/models/describe/shared.h"
#include "reel/models/layer/host_layer.h"
#include "reel/models/layers/token_table.h"

namespace reel {

/// A step from a text to what comes of it: one that Keras has a word for, a function of one's own, which has no config,
/// or none, `std::nullopt`.
template <class Result>
class TextStep {
 public:
  using Function = std::function<Result(const std::string&)>;

  TextStep(std::nullopt_t) {}
  TextStep(std::string_view word) : word_(word) {}
  TextStep(const std::string& word) : word_(word) {}
  TextStep(const char* word) : word_(word) {}
  template <class F>
  requires std::is_invocable_r_v<Result, F, const std::string&> TextStep(F step) : function_(std::move(step)) {}

  const std::optional<std::string>& word() const { return word_; }
  const Function& function() const { return function_; }
  bool is_none() const { return !word_ && !function_; }
  /// Throws ValueError for a function.
  Config config() const;
  static TextStep from_config(const Config& config);

 private:
  std::optional<std::string> word_;
  Function function_;
};

struct TextVectorizationOptions {
  std::optional<int64_t> max_tokens = {};  ///< the most that the vocabulary has, with the two before it
  /// "lower_and_strip_punctuation", "lower", of ASCII letters, "strip_punctuation"; or none.
  TextStep<std::string> standardize = "lower_and_strip_punctuation";
  TextStep<std::vector<std::string>> split = "whitespace";  ///< or "character", or none: a text is a token
  Numbers<int64_t> ngrams = {};     ///< 2: also pairs of neighbours, joined by a space; {2, 3}: of these lengths alone
  std::string output_mode = "int";  ///< or "multi_hot", "count", "tf_idf"; "one_hot" where texts are not split
  std::optional<int64_t> output_sequence_length = {};  ///< of "int": so many indices a text, cut off, or 0 behind them
  bool pad_to_max_tokens = false;                      ///< of the other modes: max_tokens columns
  std::vector<std::string> vocabulary = {};            ///< or learned by `adapt`
  std::vector<double> idf_weights = {};                ///< of the vocabulary, for "tf_idf"
  std::string name = "";
};

/// Texts [n] or [n, 1]: standardized, split into tokens, joined to n-grams, looked up: i32 [n, steps], 0 behind what a
/// text has, 1 for what is not in the vocabulary; without `output_sequence_length` there are as many steps as the
/// longest of the texts has tokens. Or, of each text, f32 [n, vocabulary]: which tokens it has, "multi_hot", how often,
/// "count", "tf_idf" times log(1 + texts / (1 + texts with it)). Stands at a model's inputs.
/// keras.layers.TextVectorization, of which ragged and sparse output are refused, as no tensor here has them.
class TextVectorization : public LayerOf<TextVectorization, HostLayer> {
 public:
  /// Throws ValueError for arguments that are none or do not go together, and for what is no vocabulary.
  explicit TextVectorization(TextVectorizationOptions options = {});
  std::string class_name() const override { return "TextVectorization"; }
  void fields(Fields& f) override;
  void check() const override;
  SymbolicType type_of(const SymbolicType& input) const override;
  HostValue run(const HostValue& rows_of) const override;
  bool is_wide() const override { return table_->options.output_mode != "int"; }

  using LayerOf::operator();
  /// At once.
  Tensor operator()(const Strings& texts) const { return run(texts).numbers(class_name()); }
  Tensor operator()(std::initializer_list<const char*> texts) const { return (*this)(Strings(texts)); }
  /// Learns the vocabulary: by falling frequency, tokens of one frequency from the last to the first by their bytes.
  /// Throws Error where the vocabulary was given, ValueError where there is nothing to learn.
  void adapt(const Strings& texts);
  /// Throws ValueError for what is no vocabulary.
  void set_vocabulary(std::vector<std::string> vocabulary, const std::vector<double>& idf_weights = {}) {
    table_->set_vocabulary(std::move(vocabulary), idf_weights);
  }
  /// By index: the empty text and "[UNK]" come first, unless the mode has no column for the former.
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const {
    return table_->vocabulary(include_special_tokens);
  }
  int64_t vocabulary_size() const { return table_->size(); }

  std::optional<SavedVocabulary> save_vocabulary() const override;
  void load_vocabulary(const SavedVocabulary& saved) override { table_->load(saved); }

 private:
  /// The tokens of one text.
  std::vector<std::string> tokens_of(const std::string& text) const;
  Tensor padded(const std::vector<std::vector<int64_t>>& lists) const;

  TextVectorizationOptions options_;
  Shared<TokenTable<std::string>> table_;
};

}  // namespace reel
