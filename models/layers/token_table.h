// TokenTable: which index a token has, as layers that look up words and numbers share it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reel/models/describe/list_field.h"
#include "reel/models/layer/saved_vocabulary.h"
#include "reel/models/layers/categories.h"
#include "reel/models/layers/token_hash.h"

namespace reel {

/// What a table is told; `Token` is std::string or int64_t.
template <class Token>
struct TokenOptions {
  std::string layer;  ///< begins messages
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;
  std::optional<Token> mask_token = {}, oov_token = {};
  std::vector<Token> vocabulary = {};
  std::vector<double> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";
  Salt salt = {};
  std::optional<int64_t> vocabulary_size = {};  ///< that a config tells of a vocabulary which it does not have
};

/// Indices: 0 for the mask token, if there is one and the output mode is "int"; then `num_oov_indices` for tokens that
/// are not in the vocabulary; then those of the vocabulary.
template <class Token>
class TokenTable {
 public:
  explicit TokenTable(TokenOptions<Token> given) : options(std::move(given)) {}

  /// As it was made: the options are checked, and their vocabulary is taken. Throws ValueError for options that are
  /// none or do not go together.
  void start();
  /// With or without the tokens for what is masked and what is not known before the others. Throws ValueError for no
  /// tokens, for more than `max_tokens`, for one that comes twice and for the mask token among them; for weights that
  /// are not asked for, missing or another number.
  void set_vocabulary(std::vector<Token> tokens, const std::vector<double>& idf_weights);
  /// Learns the vocabulary of these documents: by falling frequency, and tokens of one frequency from the last to the
  /// first; as many as `max_tokens` leaves. Throws Error where the vocabulary was given.
  void adapt(const std::vector<std::vector<Token>>& documents);

  /// For a file; none of a vocabulary that was given, which is in the config, and before there is one. Throws
  /// ValueError for a token with a line's end in it.
  std::optional<SavedVocabulary> save() const;
  /// The reverse; a vocabulary that was given stays. Throws ValueError for what is no vocabulary, and for weights that
  /// are missing or another number.
  void load(const SavedVocabulary& saved);

  bool is_empty() const { return tokens_.empty(); }
  /// Throws Error before there is a vocabulary.
  void need_vocabulary() const;
  std::vector<Token> vocabulary(bool with_special) const;
  int64_t size() const { return token_start() + static_cast<int64_t>(tokens_.size()); }
  /// The same, or what a config has told of one that is to come; none before either.
  std::optional<int64_t> known_size() const { return is_empty() ? options.vocabulary_size : std::optional(size()); }
  /// What indices become. Throws Error where no size is known that is needed.
  CategoryCode code() const;
  /// kNoCategory for what is left out. Throws ValueError for a token that is not known where there is no index for
  /// such.
  int64_t index_of(const Token& token) const;
  /// The reverse: the mask token, what is not known, or the token.
  Token token_of(int64_t index) const;

  TokenOptions<Token> options;

 private:
  int64_t oov_start() const { return options.mask_token && options.output_mode == "int" ? 1 : 0; }
  int64_t token_start() const { return oov_start() + options.num_oov_indices; }
  void take(std::vector<Token> tokens);
  /// Without the tokens for what is masked and not known, if all of them stand before the others.
  std::vector<Token> without_special(std::vector<Token> tokens) const;
  void check_told_size() const;
  /// Weights of tokens, with those of the indices before and behind them.
  void take_weights(const std::vector<double>& of_tokens, double before);
  int64_t unknown_index(const Token& token) const;

  std::vector<Token> tokens_;
  std::unordered_map<Token, int64_t> places_;
  std::vector<float> weights_;  // by index, of "tf_idf"
  bool is_given_ = false;       // and not learned
};

/// How many tokens a table has, which is written, and told of one that is to come where it is read.
struct VocabularySize final : Field {
  VocabularySize(std::optional<int64_t> of, std::optional<int64_t>& to) : size(of), told(to) {}
  Config get() const override;
  void set(const Config& value) override;
  std::optional<int64_t> size;
  std::optional<int64_t>& told;
};

/// null, or two whole numbers; one stands for both.
struct SaltField final : Field {
  explicit SaltField(Salt& to) : salt(to) {}
  Config get() const override;
  void set(const Config& value) override;
  Salt& salt;
};

/// Throws ValueError unless it is one of Keras's modes.
void check_output_mode(std::string_view layer, const std::string& mode);

extern template class TokenTable<std::string>;
extern template class TokenTable<int64_t>;

}  // namespace reel
