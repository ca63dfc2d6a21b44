// Layers that look up tokens in a vocabulary: texts or whole numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reel/models/describe/shared.h"
#include "reel/models/layer/host_layer.h"
#include "reel/models/layers/token_table.h"

namespace reel {

/// What both kinds of lookup are: a table on the host.
template <class Token>
class TokenLookup : public HostLayer {
 public:
  void check() const override { table_->start(); }
  SymbolicType type_of(const SymbolicType& input) const override;
  HostValue run(const HostValue& rows_of) const override;
  bool is_wide() const override { return table_->options.output_mode != "int"; }

  /// Learns the vocabulary: by falling frequency, tokens of one frequency from the last in order to the first. Each row
  /// is a document of "tf_idf". Forgets what it learned before. Throws Error where the vocabulary was given, ValueError
  /// where there is nothing to learn.
  void adapt(const HostValue& rows_of);
  /// With or without the tokens of the indices before its own. Throws ValueError for what is no vocabulary.
  void set_vocabulary(std::vector<Token> vocabulary, const std::vector<double>& idf_weights = {}) {
    table_->set_vocabulary(std::move(vocabulary), idf_weights);
  }
  /// By index.
  std::vector<Token> get_vocabulary(bool include_special_tokens = true) const {
    return table_->vocabulary(include_special_tokens);
  }
  int64_t vocabulary_size() const { return table_->size(); }

  std::optional<SavedVocabulary> save_vocabulary() const override { return table_->save(); }
  void load_vocabulary(const SavedVocabulary& saved) override { table_->load(saved); }

 protected:
  explicit TokenLookup(TokenOptions<Token> options) : table_(TokenTable<Token>(std::move(options))) {}
  /// Arguments from `invert` on, in Keras's order.
  void table_fields(Fields& f);

  Shared<TokenTable<Token>> table_;
};

struct StringLookupOptions {
  std::optional<int64_t> max_tokens = {};  ///< the most that the vocabulary has, with the indices before it
  int64_t num_oov_indices = 1;             ///< for tokens that are not in it; several go by a hash, 0 refuses them
  std::optional<std::string> mask_token = {};
  std::string oov_token = "[UNK]";           ///< what stands for unknown ones in the vocabulary
  std::vector<std::string> vocabulary = {};  ///< or learned by `adapt`
  std::vector<double> idf_weights = {};      ///< of the vocabulary, for "tf_idf"
  bool invert = false;                       ///< from indices to tokens
  std::string output_mode = "int";           ///< or "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;            ///< of the other modes: max_tokens columns
  Salt salt = {};                            ///< hashes of unknown tokens go by SipHash with it
  std::string name = "";
};

/// Texts [n, ...] as indices, i32 [n, ...]: 0 for the mask token, if there is one, then those of unknown texts, then
/// those of the vocabulary; or encoded, f32: "one_hot" a row for each, "multi_hot" which there are along the last axis,
/// "count" how often, "tf_idf" times log(1 + documents / (1 + documents with it)); there the mask token has no column.
/// It stands at a model's inputs. keras.layers.StringLookup; a file in the place of a vocabulary is not read.
class StringLookup : public LayerOf<StringLookup, TokenLookup<std::string>> {
 public:
  /// Throws ValueError for arguments that are none or do not go together, and for what is no vocabulary.
  explicit StringLookup(StringLookupOptions options = {});
  std::string class_name() const override { return "StringLookup"; }
  void all_fields(Fields& f) override;

  using LayerOf::operator();
  /// At once. Throws ValueError where it inverts.
  Tensor operator()(const Strings& texts) const { return run(texts).numbers(class_name()); }
  Tensor operator()(std::initializer_list<const char*> texts) const { return (*this)(Strings(texts)); }
  /// The reverse: texts of indices.
  Strings operator()(const Tensor& indices) const { return run(indices).texts(class_name()); }
};

struct IntegerLookupOptions {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;  ///< several go by the number modulo how many
  std::optional<int64_t> mask_token = {};
  int64_t oov_token = -1;
  std::vector<int64_t> vocabulary = {};
  std::vector<double> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";  ///< or "farmhash", of the digits
  Salt salt = {};
  std::string name = "";
};

/// The same of whole numbers [n, ...]. keras.layers.IntegerLookup.
class IntegerLookup : public LayerOf<IntegerLookup, TokenLookup<int64_t>> {
 public:
  /// Throws ValueError likewise.
  explicit IntegerLookup(IntegerLookupOptions options = {});
  std::string class_name() const override { return "IntegerLookup"; }
  void all_fields(Fields& f) override;

  using LayerOf::operator();
  /// At once.
  Tensor operator()(const Tensor& numbers) const { return run(numbers).numbers(class_name()); }
};

extern template class TokenLookup<std::string>;
extern template class TokenLookup<int64_t>;

}  // namespace reel
