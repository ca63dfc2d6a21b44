#include "reel/models/layers/text_vectorization.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

constexpr std::string_view kPunctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", kSpaces = " \t\n\v\f\r";

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string without_punctuation(std::string text) {
  std::erase_if(text, [](char c) { return kPunctuation.find(c) != kPunctuation.npos; });
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  size_t begin = text.find_first_not_of(kSpaces);
  while (begin != text.npos) {
    const size_t end = std::min(text.find_first_of(kSpaces, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kSpaces, end);
  }
  return words;
}

/// How many bytes the character at `at` has in UTF-8; 0 where there is none.
size_t character_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (length == 1) return 1;
  const uint8_t second = byte(1);  // longer than needed, halves of pairs, beyond the last
  const bool is_none = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                       (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_none ? 0 : length;
}

/// Bytes that are no character become the replacement character.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (size_t at = 0; at < text.size();) {
    const size_t length = character_length(text, at);
    characters.push_back(length > 0 ? text.substr(at, length) : std::string("\xEF\xBF\xBD"));
    at += std::max<size_t>(length, 1);
  }
  return characters;
}

/// Neighbours, joined by spaces.
std::vector<std::string> ngrams_of(const std::vector<std::string>& tokens, const std::vector<int64_t>& lengths) {
  std::vector<std::string> ngrams;
  for (const int64_t length : lengths) {
    for (size_t first = 0; first + static_cast<size_t>(length) <= tokens.size(); ++first) {
      std::string& joined = ngrams.emplace_back(tokens[first]);
      for (size_t i = 1; i < static_cast<size_t>(length); ++i) joined += " " + tokens[first + i];
    }
  }
  return ngrams;
}

/// One number stands for all up to it.
std::vector<int64_t> lengths_of(const Numbers<int64_t>& ngrams) {
  if (ngrams.is_list()) return ngrams.values();
  std::vector<int64_t> lengths;
  for (int64_t length = 1; length <= ngrams.values()[0]; ++length) lengths.push_back(length);
  return lengths;
}

template <class Result>
void check_step(std::string_view argument, const TextStep<Result>& step,
                std::initializer_list<std::string_view> words) {
  if (!step.word() || std::ranges::find(words, *step.word()) != words.end()) return;
  std::string known;
  for (const std::string_view word : words) known += (known.empty() ? "" : ", ") + std::string(word);
  throw ValueError(fmt::format("TextVectorization: {} must be one of {}, a function or none, got \"{}\"", argument,
                               known, excerpt(*step.word())));
}

constexpr const char* kName = "TextVectorization";

}  // namespace

template <class Result>
Config TextStep<Result>::config() const {
  if (!function_) return word_ ? config_of(*word_) : Config();
  throw ValueError("a function of texts has no config");
}

template <class Result>
TextStep<Result> TextStep<Result>::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_null()) return std::nullopt;
  if (json.is_string()) return json.get<std::string>();
  throw ValueError(fmt::format("expected a word or null, got {}", excerpt_of(json)));
}

template class TextStep<std::string>;
template class TextStep<std::vector<std::string>>;

TextVectorization::TextVectorization(TextVectorizationOptions options)
    : options_(std::move(options)),
      table_(TokenTable<std::string>(TokenOptions<std::string>{.layer = kName,
                                                               .max_tokens = options_.max_tokens,
                                                               .mask_token = "",
                                                               .oov_token = "[UNK]",
                                                               .vocabulary = std::move(options_.vocabulary),
                                                               .idf_weights = std::move(options_.idf_weights),
                                                               .output_mode = std::move(options_.output_mode),
                                                               .pad_to_max_tokens = options_.pad_to_max_tokens})) {
  set_default_name(options_.name);
  check();
}

void TextVectorization::fields(Fields& f) {
  f.part(table_);
  TokenOptions<std::string>& o = table_->options;
  f("max_tokens", o.max_tokens);
  f("standardize", options_.standardize);
  f("split", options_.split);
  f("ngrams", options_.ngrams);
  f("output_mode", o.output_mode);
  f("output_sequence_length", options_.output_sequence_length);
  f("pad_to_max_tokens", o.pad_to_max_tokens);
  f.only("sparse", "false");
  f.only("ragged", "false");
  f.as("vocabulary", ListOrNull<std::string>(o.vocabulary));
  f.as("idf_weights", ListOrNull<double>(o.idf_weights));
  f.only("encoding", "\"utf-8\"");
  f.as("vocabulary_size", VocabularySize(table_->known_size().value_or(table_->size()), o.vocabulary_size));
}

std::optional<SavedVocabulary> TextVectorization::save_vocabulary() const {
  std::optional<SavedVocabulary> saved = table_->save();
  if (saved) saved->also_at = "_lookup_layer";
  return saved;
}

void TextVectorization::check() const {
  check_step("standardize", options_.standardize, {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
  check_step("split", options_.split, {"whitespace", "character"});
  table_->start();
  const std::string& mode = table_->options.output_mode;
  if (mode != "int" && options_.output_sequence_length) {
    throw ValueError(fmt::format("{}: output_sequence_length goes with output_mode \"int\", got \"{}\"", kName, mode));
  }
  if (mode == "one_hot" && !options_.split.is_none()) {
    throw ValueError(fmt::format("{}: output_mode \"one_hot\" goes with texts that are not split", kName));
  }
  if (options_.output_sequence_length && *options_.output_sequence_length < 1) {
    throw ValueError(
        fmt::format("{}: output_sequence_length must be above 0, got {}", kName, *options_.output_sequence_length));
  }
  for (const int64_t length : options_.ngrams.values()) {
    if (length < 1) throw ValueError(fmt::format("{}: ngrams must be above 0, got {}", kName, length));
  }
}

SymbolicType TextVectorization::type_of(const SymbolicType& input) const {
  if (!input.is_text) throw ValueError(fmt::format("{}: expected texts, got numbers {}", kName, input.str()));
  const bool is_of_texts = input.shape.size() == 1 || (input.shape.size() == 2 && input.shape[1] == 1);
  if (!is_of_texts)
    throw ShapeError(fmt::format("{}: expected texts (None,) or (None, 1), got {}", kName, input.str()));
  if (table_->options.output_mode != "int") {
    return {.shape = {unknown, table_->code().depth}};
  }
  if (options_.split.is_none() && !options_.output_sequence_length) return {.dtype = DType::i32, .shape = input.shape};
  return {.dtype = DType::i32, .shape = {unknown, options_.output_sequence_length.value_or(unknown)}};
}

std::vector<std::string> TextVectorization::tokens_of(const std::string& text) const {
  std::string standard = text;
  const auto& how = options_.standardize;
  if (how.function()) standard = how.function()(text);
  if (how.word() && *how.word() != "strip_punctuation") standard = lowered(std::move(standard));
  if (how.word() && *how.word() != "lower") standard = without_punctuation(std::move(standard));
  std::vector<std::string> tokens;
  if (options_.split.is_none())
    tokens = {standard};
  else if (options_.split.function())
    tokens = options_.split.function()(standard);
  else
    tokens = *options_.split.word() == "whitespace" ? words_of(standard) : characters_of(standard);
  return options_.ngrams.is_null() ? tokens : ngrams_of(tokens, lengths_of(options_.ngrams));
}

Tensor TextVectorization::padded(const std::vector<std::vector<int64_t>>& lists) const {
  size_t longest = 0;
  for (const auto& list : lists) longest = std::max(longest, list.size());
  const int64_t steps = options_.output_sequence_length.value_or(static_cast<int64_t>(longest));
  Tensor made = Tensor::zeros({static_cast<int64_t>(lists.size()), steps}, DType::i32);
  int32_t* row = made.data<int32_t>().data();
  for (const auto& list : lists) {
    const size_t kept = std::min(list.size(), static_cast<size_t>(steps));
    std::transform(list.begin(), list.begin() + static_cast<ptrdiff_t>(kept), row,
                   [](int64_t index) { return static_cast<int32_t>(index); });
    row += steps;
  }
  return made;
}

HostValue TextVectorization::run(const HostValue& rows_of) const {
  const Strings& texts = rows_of.texts(kName);
  std::vector<int64_t> shape(texts.shape().dims().begin(), texts.shape().dims().end());
  if (!shape.empty()) shape[0] = unknown;
  const SymbolicType type = type_of({.shape = shape, .is_text = true});
  table_->need_vocabulary();
  std::vector<std::vector<int64_t>> lists;
  for (const std::string& text : texts.texts()) {
    std::vector<int64_t>& list = lists.emplace_back();
    for (const std::string& token : tokens_of(text)) list.push_back(table_->index_of(token));
  }
  if (is_wide()) return encoded_lists(lists, table_->code());
  const Tensor made = padded(lists);
  return type.shape.size() == 1 ? made.reshaped({made.size()}) : made;
}

void TextVectorization::adapt(const Strings& texts) {
  std::vector<std::vector<std::string>> documents;
  for (const std::string& text : texts.texts()) documents.push_back(tokens_of(text));
  table_->adapt(documents);
}

}  // namespace reel
