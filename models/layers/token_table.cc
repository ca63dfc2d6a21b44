#include "reel/models/layers/token_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

std::string shown(const std::string& token) { return fmt::format("\"{}\"", excerpt(token)); }
std::string shown(int64_t token) { return std::to_string(token); }

const std::string& as_text(const std::string& token) { return token; }
std::string as_text(int64_t token) { return std::to_string(token); }

/// A token as it stands in a file.
template <class Token>
Token token_of_line(std::string_view line, const std::string& layer) {
  if constexpr (std::is_same_v<Token, std::string>) {
    return std::string(line);
  } else {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || end != line.data() + line.size())
      throw ValueError(
          fmt::format("{}: expected a whole number in a line of the vocabulary, got \"{}\"", layer, excerpt(line)));
    return number;
  }
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

template <class Token>
void check_numbers(const TokenOptions<Token>& o) {
  if (o.max_tokens && *o.max_tokens <= 1) {
    throw ValueError(fmt::format("{}: max_tokens must be above 1, got {}", o.layer, *o.max_tokens));
  }
  if (o.pad_to_max_tokens && !o.max_tokens) {
    throw ValueError(fmt::format("{}: pad_to_max_tokens needs max_tokens, got none", o.layer));
  }
  if (o.num_oov_indices < 0) {
    throw ValueError(fmt::format("{}: num_oov_indices must not be negative, got {}", o.layer, o.num_oov_indices));
  }
}

template <class Token>
void check_options(const TokenOptions<Token>& o) {
  check_numbers(o);
  check_output_mode(o.layer, o.output_mode);
  if (o.invert && o.output_mode != "int") {
    throw ValueError(fmt::format("{}: invert goes with output_mode \"int\", got \"{}\"", o.layer, o.output_mode));
  }
  if (!o.idf_weights.empty() && o.output_mode != "tf_idf") {
    throw ValueError(fmt::format("{}: idf_weights go with output_mode \"tf_idf\", got \"{}\"", o.layer, o.output_mode));
  }
  if (o.oov_method != "floormod" && o.oov_method != "farmhash") {
    throw ValueError(
        fmt::format("{}: oov_method must be \"floormod\" or \"farmhash\", got \"{}\"", o.layer, excerpt(o.oov_method)));
  }
  if (std::is_same_v<Token, int64_t> && o.salt && o.oov_method != "farmhash") {
    throw ValueError(fmt::format("{}: salt goes with oov_method \"farmhash\", got \"floormod\"", o.layer));
  }
}

/// Keras says this of arguments that are null where they are not given.
template <class Token>
const char* what_unknown() {
  return std::is_same_v<Token, std::string> ? "text" : "number";
}

}  // namespace

void check_output_mode(std::string_view layer, const std::string& mode) {
  for (const char* known : {"int", "one_hot", "multi_hot", "count", "tf_idf"}) {
    if (mode == known) return;
  }
  throw ValueError(fmt::format("{}: output_mode must be int, one_hot, multi_hot, count or tf_idf, got \"{}\"", layer,
                               excerpt(mode)));
}

template <class Token>
void TokenTable<Token>::start() {
  if (options.output_mode == "binary") options.output_mode = "multi_hot";  // as older configs call them
  if (options.output_mode == "tf-idf") options.output_mode = "tf_idf";
  check_options(options);
  is_given_ = !options.vocabulary.empty();
  if (!is_given_) return;
  set_vocabulary(options.vocabulary, options.idf_weights);
  check_told_size();
}

template <class Token>
void TokenTable<Token>::check_told_size() const {
  if (options.vocabulary_size.value_or(size()) == size()) return;
  throw ValueError(fmt::format("{}: vocabulary_size is {}, got a vocabulary of {}", options.layer,
                               *options.vocabulary_size, size()));
}

template <class Token>
void TokenTable<Token>::take(std::vector<Token> tokens) {
  const int64_t size = token_start() + static_cast<int64_t>(tokens.size());
  if (options.max_tokens && size > *options.max_tokens) {
    throw ValueError(fmt::format("{}: max_tokens is {}, got a vocabulary of {} with the tokens before it",
                                 options.layer, *options.max_tokens, size));
  }
  std::unordered_map<Token, int64_t> places;
  for (const Token& token : tokens) {
    if (!places.emplace(token, token_start() + static_cast<int64_t>(places.size())).second) {
      throw ValueError(fmt::format("{}: the vocabulary has {} twice", options.layer, shown(token)));
    }
    if (options.mask_token == token || (options.invert && options.oov_token == token)) {
      throw ValueError(fmt::format("{}: the vocabulary has the {} token {} among its own", options.layer,
                                   options.mask_token == token ? "mask" : "oov", shown(token)));
    }
  }
  tokens_ = std::move(tokens);
  places_ = std::move(places);
}

template <class Token>
void TokenTable<Token>::take_weights(const std::vector<double>& of_tokens, double before) {
  weights_.assign(static_cast<size_t>(size()) - of_tokens.size(), static_cast<float>(before));
  for (const double weight : of_tokens) weights_.push_back(static_cast<float>(weight));
  if (options.pad_to_max_tokens) weights_.resize(static_cast<size_t>(*options.max_tokens), 0);
}

template <class Token>
std::vector<Token> TokenTable<Token>::without_special(std::vector<Token> tokens) const {
  std::vector<std::optional<Token>> special(static_cast<size_t>(oov_start()), options.mask_token);
  special.resize(static_cast<size_t>(token_start()), options.oov_token);
  const bool has_special = !special.empty() && tokens.size() >= special.size() &&
                           std::equal(special.begin(), special.end(), tokens.begin(),
                                      [](const std::optional<Token>& a, const Token& b) { return a == b; });
  if (has_special) tokens.erase(tokens.begin(), tokens.begin() + static_cast<ptrdiff_t>(special.size()));
  return tokens;
}

template <class Token>
void TokenTable<Token>::set_vocabulary(std::vector<Token> tokens, const std::vector<double>& idf_weights) {
  const bool needs_weights = options.output_mode == "tf_idf";
  if (needs_weights != !idf_weights.empty()) {
    throw ValueError(fmt::format("{}: output_mode \"{}\" {} idf_weights with a vocabulary, got {}", options.layer,
                                 options.output_mode, needs_weights ? "needs" : "takes no", idf_weights.size()));
  }
  if (needs_weights && idf_weights.size() != tokens.size()) {
    throw ValueError(fmt::format("{}: a weight for each of {} tokens is needed, got {}", options.layer, tokens.size(),
                                 idf_weights.size()));
  }
  if (tokens.empty()) throw ValueError(fmt::format("{}: a vocabulary needs a token, got none", options.layer));
  take(without_special(std::move(tokens)));
  if (needs_weights) take_weights(idf_weights, mean_of(idf_weights));
}

template <class Token>
void TokenTable<Token>::adapt(const std::vector<std::vector<Token>>& documents) {
  if (is_given_) throw Error(fmt::format("{}: adapt() of a layer whose vocabulary was given", options.layer));
  std::unordered_map<Token, int64_t> counts, in_documents;
  for (const std::vector<Token>& document : documents) {
    for (const Token& token : document) ++counts[token];
    if (options.output_mode != "tf_idf") continue;
    for (const Token& token : std::set<Token>(document.begin(), document.end())) ++in_documents[token];
  }
  if (options.mask_token) counts.erase(*options.mask_token);
  if (options.oov_token) counts.erase(*options.oov_token);
  std::vector<std::pair<int64_t, Token>> ordered;
  for (const auto& [token, count] : counts) ordered.emplace_back(count, token);
  std::ranges::sort(ordered, std::greater());
  if (options.max_tokens) {
    const auto most = static_cast<size_t>(std::max<int64_t>(*options.max_tokens - token_start(), 0));
    if (ordered.size() > most) ordered.resize(most);
  }
  if (ordered.empty()) throw ValueError(fmt::format("{}: adapt() found no token to learn", options.layer));
  std::vector<Token> tokens;
  std::vector<double> weights;
  for (auto& [count, token] : ordered) {
    const auto with = static_cast<double>(1 + in_documents[token]);
    weights.push_back(plain_log(1 + static_cast<double>(documents.size()) / with));
    tokens.push_back(std::move(token));
  }
  take(std::move(tokens));
  if (options.output_mode == "tf_idf") take_weights(weights, mean_of(weights));
}

template <class Token>
std::optional<SavedVocabulary> TokenTable<Token>::save() const {
  if (is_given_ || is_empty()) return {};
  SavedVocabulary saved;
  for (const Token& token : vocabulary(true)) {
    const auto& text = as_text(token);
    if (text.find_first_of("\r\n") != text.npos) {
      throw ValueError(fmt::format("{}: the file of a vocabulary has a line for each token, and {} has a line's end",
                                   options.layer, shown(token)));
    }
    saved.lines += text;
    saved.lines += '\n';
  }
  saved.lines.pop_back();
  if (!weights_.empty()) saved.idf_weights = Tensor::of(weights_);
  return saved;
}

template <class Token>
void TokenTable<Token>::load(const SavedVocabulary& saved) {
  if (is_given_) return;
  std::vector<Token> tokens;
  const std::string_view lines(saved.lines);
  for (size_t begin = 0; begin <= lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    std::string_view line = lines.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    // Keras takes no notice of empty lines at the end.
    if (line.empty() && lines.find_first_not_of("\r\n", std::min(begin, lines.size())) == lines.npos) break;
    tokens.push_back(token_of_line<Token>(line, options.layer));
  }
  tokens = without_special(std::move(tokens));
  if (tokens.empty()) return;
  take(std::move(tokens));
  check_told_size();
  if (options.output_mode != "tf_idf") return;
  const auto columns = options.pad_to_max_tokens ? *options.max_tokens : size();
  if (!saved.idf_weights || saved.idf_weights->shape() != Shape({columns})) {
    throw ValueError(fmt::format("{}: idf_weights of shape [{}] are needed, got {}", options.layer, columns,
                                 saved.idf_weights ? saved.idf_weights->shape().str() : "none"));
  }
  const Tensor weights = saved.idf_weights->cast(DType::f32);
  weights_.assign(weights.data<float>().begin(), weights.data<float>().end());
}

template <class Token>
void TokenTable<Token>::need_vocabulary() const {
  if (!is_empty()) return;
  throw Error(fmt::format("{}: has no vocabulary; give one, or adapt() it to some", options.layer));
}

template <class Token>
std::vector<Token> TokenTable<Token>::vocabulary(bool with_special) const {
  if (!with_special) return tokens_;
  std::vector<Token> all;
  for (int64_t i = 0; i < size(); ++i) all.push_back(token_of(i));
  return all;
}

template <class Token>
CategoryCode TokenTable<Token>::code() const {
  if (options.output_mode != "int" && !options.pad_to_max_tokens && !known_size()) need_vocabulary();
  return {.layer = options.layer,
          .mode = options.output_mode,
          .depth = options.pad_to_max_tokens ? *options.max_tokens : known_size().value_or(size()),
          .weights = weights_};
}

template <class Token>
int64_t TokenTable<Token>::unknown_index(const Token& token) const {
  const int64_t count = options.num_oov_indices;
  if (count == 0) {
    throw ValueError(fmt::format("{}: num_oov_indices is 0, so each {} must be in the vocabulary, got {}",
                                 options.layer, what_unknown<Token>(), shown(token)));
  }
  if (count == 1) return oov_start();
  if constexpr (std::is_same_v<Token, int64_t>) {
    if (options.oov_method == "floormod") return oov_start() + (token % count + count) % count;
  }
  return oov_start() + hash_bin(as_text(token), count, options.salt);
}

template <class Token>
int64_t TokenTable<Token>::index_of(const Token& token) const {
  if (options.mask_token == token) return options.output_mode == "int" ? 0 : kNoCategory;
  const auto found = places_.find(token);
  return found != places_.end() ? found->second : unknown_index(token);
}

template <class Token>
Token TokenTable<Token>::token_of(int64_t index) const {
  if (index == 0 && oov_start() == 1) return *options.mask_token;
  if (index >= token_start() && index < size()) return tokens_[static_cast<size_t>(index - token_start())];
  return options.oov_token.value_or(Token{});
}

Config VocabularySize::get() const { return size ? config_of(*size) : Config(); }

void VocabularySize::set(const Config& value) {
  const Json& json = json_of(value);
  if (!json.is_null() && !json.is_number_integer()) {
    throw ValueError(fmt::format("expected null or a whole number, got {}", excerpt_of(json)));
  }
  told = json.is_null() ? std::nullopt : std::optional(json.get<int64_t>());
}

Config SaltField::get() const { return salt ? config_of(*salt) : Config(); }

void SaltField::set(const Config& value) {
  const Json& json = json_of(value);
  if (json.is_null()) {
    salt.reset();
  } else if (json.is_number_integer()) {
    salt = {json.get<int64_t>(), json.get<int64_t>()};
  } else if (json.is_array() && json.size() == 2 && json[0].is_number_integer() && json[1].is_number_integer()) {
    salt = {json[0].get<int64_t>(), json[1].get<int64_t>()};
  } else {
    throw ValueError(fmt::format("expected null, a whole number or two, got {}", excerpt_of(json)));
  }
}

template class TokenTable<std::string>;
template class TokenTable<int64_t>;

}  // namespace reel
