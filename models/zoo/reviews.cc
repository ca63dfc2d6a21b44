#include "reel/models/zoo/reviews.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "reel/graph/error.h"
#include "reel/models/data/corpus.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/imdb.h"
#include "reel/models/data/sequences.h"
#include "reel/models/data/text.h"
#include "reel/models/zoo/own_texts.h"

namespace reel {
namespace {

constexpr int64_t kCorpusTraining = 8000, kCorpusValidation = 2000;
constexpr uint64_t kCorpusSeed = 0;

bool is_offline() {
  const char* value = std::getenv("REEL_OFFLINE");
  return value != nullptr && *value != '\0' && std::string_view(value) != "0";
}

std::string as_python_reads(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string out(text);
  std::ranges::replace(out, '\r', '\n');  // where lines end does not matter, only that they do
  return out;
}

/// Those that have an id.
std::vector<std::string> words_of(const WordIndex& index, int64_t vocabulary) {
  std::vector<std::string> words = reverse_word_index(index);
  const size_t known = static_cast<size_t>(vocabulary - WordIds{}.index_from);
  if (words.size() > known) words.resize(known);
  return words;
}

Tensor labels(std::span<const int32_t> values, const std::string& source) {
  for (const int32_t label : values) {
    if (label != 0 && label != 1) {
      throw DataError(fmt::format("{}: expected labels 0 and 1, one of them is {}", source, label));
    }
  }
  return Tensor::of(std::vector<float>(values.begin(), values.end()));
}

/// Samples of the two splits: ten reviews held out, then at most `options.rows` (0: no limit) for each purpose.
ZooData make_data(const imdb::Split& train, const imdb::Split& test, const ZooDataOptions& options,
                  const std::string& source) {
  const int64_t limit = options.rows, steps = options.config["steps"];
  const auto padded = [&](std::span<const std::vector<int32_t>> reviews) -> Samples {
    return PaddedSequences(reviews, {.maxlen = steps});
  };
  const size_t held_out = kHeldOutReviews;
  if (train.x.size() <= held_out || test.x.empty()) {
    throw DataError(fmt::format("{}: expected more than {} training reviews and a test review, got {} and {}", source,
                                held_out, train.x.size(), test.x.size()));
  }
  const auto bounded = [&](size_t n) { return limit > 0 ? std::min(n, static_cast<size_t>(limit)) : n; };
  const size_t training = bounded(train.x.size() - held_out), validation = bounded(test.x.size());
  const std::span x(train.x), test_x(test.x);
  const std::span y(train.y), test_y(test.y);
  return {.source = fmt::format("{}; {} reviews to train on, {} to validate on, {} held out", source, training,
                                validation, held_out),
          .x = padded(x.subspan(held_out, training)),
          .y = labels(y.subspan(held_out, training), source),
          .validation_x = padded(test_x.first(validation)),
          .validation_y = labels(test_y.first(validation), source),
          .held_out_x = padded(x.first(held_out)).read(0, kHeldOutReviews),
          .held_out_y = labels(y.first(held_out), source)};
}

ZooData load_corpus(const ZooDataOptions& options) {
  const Corpus corpus = generate_reviews(kHeldOutReviews + kCorpusTraining + kCorpusValidation, kCorpusSeed);
  const size_t split = kHeldOutReviews + kCorpusTraining;
  // As Keras's Tokenizer: validation texts do not help to choose the words.
  const WordIndex index = build_word_index(std::span(corpus.texts).first(split));
  const int64_t vocabulary = options.config["vocabulary"];
  imdb::Split train, test;
  for (size_t i = 0; i < corpus.texts.size(); ++i) {
    imdb::Split& to = i < split ? train : test;
    to.x.push_back(encode_text(corpus.texts[i], index, vocabulary));
    to.y.push_back(corpus.labels[i]);
  }
  ZooData data = make_data(train, test, options, "built-in corpus of generated reviews (not IMDB)");
  data.words = words_of(index, vocabulary);
  return data;
}

imdb::Split encoded(const LabelledTexts& texts, const WordIndex& index, int64_t vocabulary) {
  imdb::Split split{.x = {}, .y = texts.labels};
  for (const std::string& text : texts.texts) split.x.push_back(encode_text(text, index, vocabulary));
  return split;
}

/// Texts of the user's. What there is too little of to be parted serves every purpose.
ZooData load_own(const ZooDataOptions& options) {
  const OwnTexts own = load_own_texts(options.path);
  const int64_t vocabulary = options.config["vocabulary"], steps = options.config["steps"];
  const WordIndex index = build_word_index(own.train.texts);
  const auto bounded = [&](size_t n) { return options.rows > 0 ? std::min(n, static_cast<size_t>(options.rows)) : n; };
  const auto take = [&](const LabelledTexts& texts, size_t count, Samples& x, auto& y) {
    const imdb::Split all = encoded(texts, index, vocabulary);
    x = PaddedSequences(std::span(all.x).first(count), {.maxlen = steps});
    y = Tensor::of(std::vector<float>(all.y.begin(), all.y.begin() + static_cast<ptrdiff_t>(count)));
  };
  ZooData data;
  Samples held_out;
  const size_t training = bounded(own.train.texts.size()), validation = bounded(own.validation.texts.size());
  take(own.train, training, data.x, data.y);
  take(own.validation, validation, data.validation_x, data.validation_y);
  take(own.held_out, own.held_out.texts.size(), held_out, data.held_out_y);
  data.held_out_x = held_out.read(0, held_out.shape()[0]);
  data.held_out_is_trained = own.is_too_few;
  data.source = fmt::format(
      "{}; texts of {} classes, {} to train on, {} to validate on, {}", options.path, own.classes.size(), training,
      validation, own.is_too_few ? "too few to hold any out" : fmt::format("{} held out", own.held_out.texts.size()));
  data.files = own.files;
  data.words = words_of(index, vocabulary);
  data.classes = own.classes;
  data.options = {{"classes", static_cast<int64_t>(own.classes.size())}};
  return data;
}

using Fetch = std::string (*)(const Progress& progress, const std::string& origin);

/// Path after a download, or nothing where it fails or may not be.
std::optional<std::string> downloaded(Fetch fetch, const ZooDataOptions& options) {
  if (!options.may_download || is_offline()) return std::nullopt;
  try {
    return fetch(options.download_progress, kKerasOrigin);
  } catch (const DataError& error) {
    options.say(error.what());
    return std::nullopt;
  }
}

/// The path, unless it is that of a file in a cache that has been damaged there.
std::optional<std::string> if_sound(const std::optional<std::string>& path, const ZooDataOptions& options) {
  const std::string damage = path ? cache_damage(*path) : "";
  if (damage.empty()) return path;
  options.say(damage);
  return std::nullopt;
}

}  // namespace

std::vector<ZooOption> review_options(int64_t steps) {
  constexpr int64_t kFewestIds = 4, kMostSteps = 10000;
  return {whole_option("steps", steps, "words of a text, of which the last count", 1, kMostSteps),
          whole_option("vocabulary", kReviewVocabulary, "ids of words, three of which are for none", kFewestIds),
          data_option("classes", 2, "classes of the texts", 1000)};
}

ZooData load_reviews(const ZooDataOptions& options) {
  if (is_own_texts(options.path)) return load_own(options);
  std::optional<std::string> path = find_imdb(options.path);
  if (options.path.empty()) path = if_sound(path, options);
  if (!path && options.may_download && !is_offline()) {
    options.say("The IMDB reviews are not on this machine; downloading them (17 MB) from where Keras gets them.");
    path = downloaded(fetch_imdb, options);
  }
  if (!path) {
    options.say(
        "No IMDB reviews here: using the BUILT-IN CORPUS, reviews that a small grammar writes. They are easier than\n"
        "real ones, and figures on them say nothing about IMDB. Give --data or REEL_DATA to train on imdb.npz.");
    return load_corpus(options);
  }
  const int64_t vocabulary = options.config["vocabulary"];
  const imdb::Data imdb = imdb::load_data(*path, {.num_words = static_cast<int32_t>(vocabulary)});
  ZooData data = make_data(imdb.train, imdb.test, options, "IMDB, " + *path);
  data.words = imdb_words(*path, options, vocabulary);
  data.files = {*path};
  if (const auto word_index = find_imdb_word_index(*path)) data.files.push_back(*word_index);
  if (data.words.empty()) options.say("There is no imdb_word_index.json, so reviews cannot be shown as words.");
  return data;
}

std::vector<std::string> imdb_words(const std::string& imdb_npz, const ZooDataOptions& options, int64_t vocabulary) {
  std::optional<std::string> path = if_sound(find_imdb_word_index(imdb_npz), options);
  if (!path) path = downloaded(fetch_imdb_word_index, options);
  return path ? words_of(imdb::read_word_index(*path), vocabulary) : std::vector<std::string>();
}

Tensor encode_review_text(std::string_view text, const std::vector<std::string>& words, const ZooConfig& config) {
  WordIndex index;
  for (size_t rank = 1; rank < words.size(); ++rank) index.emplace(words[rank], static_cast<int32_t>(rank));
  return pad_sequences({encode_text(as_python_reads(text), index, config["vocabulary"])}, {.maxlen = config["steps"]});
}

}  // namespace reel
