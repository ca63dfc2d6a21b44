#include "reel/models/layers/lookup.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// Throws ValueError for what is no whole number.
std::vector<int64_t> whole_numbers(const Tensor& tensor, std::string_view layer) {
  std::vector<int64_t> all;
  all.reserve(static_cast<size_t>(tensor.size()));
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const double number = tensor.at(i);
    if (!(std::abs(number) <= 0x1p53))
      throw ValueError(fmt::format("{}: expected whole numbers, got {}", layer, number));
    all.push_back(static_cast<int64_t>(number));
  }
  return all;
}

template <class Token>
std::vector<Token> tokens_of(const HostValue& value, std::string_view layer) {
  if constexpr (std::is_same_v<Token, std::string>) {
    const auto texts = value.texts(layer).texts();
    return {texts.begin(), texts.end()};
  } else {
    return whole_numbers(value.numbers(layer), layer);
  }
}

Strings host_value(const Shape& shape, std::vector<std::string> texts) { return {shape, std::move(texts)}; }
Tensor host_value(const Shape& shape, const std::vector<int64_t>& numbers) { return Tensor::of(shape, numbers); }

}  // namespace

template <class Token>
SymbolicType TokenLookup<Token>::type_of(const SymbolicType& input) const {
  const bool takes_text = std::is_same_v<Token, std::string> && !table_->options.invert;
  if (input.is_text != takes_text) {
    throw ValueError(fmt::format("{}: expected {}, got {}", class_name(), takes_text ? "texts" : "numbers",
                                 input.is_text ? "texts" : "numbers"));
  }
  if (table_->options.invert) {
    return {.dtype = DType::i32, .shape = input.shape, .is_text = std::is_same_v<Token, std::string>};
  }
  return encoded_type(input, table_->code());
}

template <class Token>
HostValue TokenLookup<Token>::run(const HostValue& rows_of) const {
  table_->need_vocabulary();
  if (table_->options.invert) {
    std::vector<Token> tokens;
    for (const int64_t index : whole_numbers(rows_of.numbers(class_name()), class_name())) {
      tokens.push_back(table_->token_of(index));
    }
    return host_value(rows_of.shape(), std::move(tokens));
  }
  std::vector<int64_t> indices;
  for (const Token& token : tokens_of<Token>(rows_of, class_name())) indices.push_back(table_->index_of(token));
  return encoded_indices(indices, rows_of.shape(), table_->code());
}

template <class Token>
void TokenLookup<Token>::adapt(const HostValue& rows_of) {
  const std::vector<Token> tokens = tokens_of<Token>(rows_of, class_name());
  const Shape& shape = rows_of.shape();
  const auto width = static_cast<size_t>(shape.rank() > 0 ? shape.row_size() : 1);
  std::vector<std::vector<Token>> documents;
  for (size_t i = 0; i + width <= tokens.size() && width > 0; i += width) {
    const auto begin = tokens.begin() + static_cast<ptrdiff_t>(i);
    documents.emplace_back(begin, begin + static_cast<ptrdiff_t>(width));
  }
  table_->adapt(documents);
}

template <class Token>
void TokenLookup<Token>::table_fields(Fields& f) {
  f.part(table_);
  TokenOptions<Token>& o = table_->options;
  f("invert", o.invert);
  f("max_tokens", o.max_tokens);
  f("num_oov_indices", o.num_oov_indices);
  f("oov_token", o.oov_token);
  f("mask_token", o.mask_token);
  f("output_mode", o.output_mode);
  f.only("sparse", "false");
  f("pad_to_max_tokens", o.pad_to_max_tokens);
  if (std::is_same_v<Token, int64_t>) f.only("vocabulary_dtype", "\"int64\"");
  f.as("idf_weights", ListOrNull<double>(o.idf_weights));
  f.as("vocabulary", ListOrNull<Token>(o.vocabulary));
  f.as("vocabulary_size", VocabularySize(table_->known_size(), o.vocabulary_size));
  f("oov_method", o.oov_method);
  f.as("salt", SaltField(o.salt));
}

StringLookup::StringLookup(StringLookupOptions options)
    : LayerOf(TokenOptions<std::string>{.layer = "StringLookup",
                                        .max_tokens = options.max_tokens,
                                        .num_oov_indices = options.num_oov_indices,
                                        .mask_token = std::move(options.mask_token),
                                        .oov_token = std::move(options.oov_token),
                                        .vocabulary = std::move(options.vocabulary),
                                        .idf_weights = std::move(options.idf_weights),
                                        .invert = options.invert,
                                        .output_mode = std::move(options.output_mode),
                                        .pad_to_max_tokens = options.pad_to_max_tokens,
                                        .salt = options.salt}) {
  set_default_name(options.name);
  check();
}

void StringLookup::all_fields(Fields& f) {
  f.only("encoding", "\"utf-8\"");
  name_field(f);
  trainable_fields(f);
  table_fields(f);
}

IntegerLookup::IntegerLookup(IntegerLookupOptions options)
    : LayerOf(TokenOptions<int64_t>{.layer = "IntegerLookup",
                                    .max_tokens = options.max_tokens,
                                    .num_oov_indices = options.num_oov_indices,
                                    .mask_token = options.mask_token,
                                    .oov_token = options.oov_token,
                                    .vocabulary = std::move(options.vocabulary),
                                    .idf_weights = std::move(options.idf_weights),
                                    .invert = options.invert,
                                    .output_mode = std::move(options.output_mode),
                                    .pad_to_max_tokens = options.pad_to_max_tokens,
                                    .oov_method = std::move(options.oov_method),
                                    .salt = options.salt}) {
  set_default_name(options.name);
  check();
}

void IntegerLookup::all_fields(Fields& f) {
  name_field(f);
  trainable_fields(f);
  table_fields(f);
}

template class TokenLookup<std::string>;
template class TokenLookup<int64_t>;

}  // namespace reel
