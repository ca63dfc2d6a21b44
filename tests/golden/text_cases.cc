// Parts of preprocessing.json that are about texts: words, vocabularies, hashes, folders.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "golden/config.h"
#include "golden/described.h"
#include "golden/preprocessing_parts.h"
#include "reel/models/data/text.h"
#include "reel/models/data/text_folder.h"
#include "reel/models/data/tokenizer.h"
#include "reel/models/layers/hashing.h"
#include "reel/models/layers/lookup.h"
#include "reel/models/layers/text_vectorization.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

Texts flat_texts(const Json& lists) {
  if (lists.is_string()) return {lists.get<std::string>()};
  Texts all;
  for (const Json& element : lists) {
    for (std::string& text : flat_texts(element)) all.push_back(std::move(text));
  }
  return all;
}

Strings strings_of(const Json& lists) {
  std::vector<int64_t> shape;
  for (const Json* at = &lists; at->is_array(); at = &(*at)[0]) shape.push_back(static_cast<int64_t>(at->size()));
  return {Shape(shape), flat_texts(lists)};
}

bool are_texts(const Json& lists) { return lists.is_array() ? are_texts(lists.at(0)) : lists.is_string(); }

HostValue value_of(const Json& lists) {
  if (are_texts(lists)) return strings_of(lists);
  return tensor_of(lists, DType::i32);
}

/// A layer made of arguments, as of a config, in which the others are as Keras has them.
template <class L>
L made_with(const Json& args) {
  L layer;
  const OrderedJson config = OrderedJson::parse(args.dump());
  set_fields(layer, config_of(config));
  return layer;
}

void compare_texts(const std::string& what, std::span<const std::string> ours, const Json& keras, Case& result) {
  const Json own = Texts(ours.begin(), ours.end());
  result.check(what, own == keras, fmt::format("are {}, expected {}", own.dump(), keras.dump()));
}

Texts texts_of(const Strings& strings) { return {strings.texts().begin(), strings.texts().end()}; }

/// Its vocabulary and what it gives, when adapted, and when made of the config that it then has with the vocabulary.
void check_vectorization(const Texts& all, const Json& spec, Case& result) {
  auto layer = made_with<TextVectorization>(spec.at("args"));
  const auto adapt_on = spec.at("adapt_on").get<ptrdiff_t>();
  if (adapt_on > 0) layer.adapt(Texts(all.begin(), all.begin() + adapt_on));
  compare_texts("vocabulary", layer.get_vocabulary(), spec.at("vocabulary"), result);
  const Tensor keras = tensor_of(spec.at("output"), spec.at("dtype") == "int64" ? DType::i32 : DType::f32);
  result.compare("output", layer(all), keras, kPrepared);
  result.check("vocabulary_size", layer.vocabulary_size() == static_cast<int64_t>(spec["vocabulary"].size()),
               "differs");
}

template <class L>
void check_lookup(const Json& spec, Case& result) {
  auto layer = made_with<L>(spec.at("args"));
  if (!spec.at("adapt").is_null()) layer.adapt(value_of(spec["adapt"]));
  const Json& expected = spec.at("result");
  const HostValue made = layer.run(value_of(spec.at("input")));
  const Json vocabulary = layer.get_vocabulary(), own = layer.get_vocabulary(false);
  result.check("vocabulary", vocabulary == expected.at("vocabulary"), "is " + vocabulary.dump());
  result.check("tokens", own == expected.at("vocabulary_without_special_tokens"), "are " + own.dump());
  result.check("size", Json(layer.vocabulary_size()) == expected.at("vocabulary_size"), "differs");
  const Shape shape(expected.at("shape").get<std::vector<int64_t>>());
  if (made.is_text()) {
    compare_texts("output", made.texts().texts(), expected.at("output"), result);
    result.check("shape", made.shape() == shape, "is " + made.shape().str());
  } else {
    result.compare("output", made.numbers(), tensor_of(expected.at("output")).reshaped(shape), kPrepared);
  }
}

TokenizerOptions tokenizer_options(const Json& args_of) {
  const std::string owner = "Tokenizer";
  Config args(owner, args_of);
  TokenizerOptions options;
  options.filters = args.get("filters", options.filters);
  options.split = args.get("split", options.split);
  options.char_level = args.get("char_level", false);
  if (const Json& words = args.take("num_words"); !words.is_null()) options.num_words = words.get<int64_t>();
  if (const Json& token = args.take("oov_token"); !token.is_null()) options.oov_token = token.get<std::string>();
  if (args_of.contains("lower")) options.lower = args.get("lower", true);
  args.finish();
  return options;
}

void check_tokenizer(const Texts& texts, const Json& spec, Case& result) {
  Tokenizer tokenizer(tokenizer_options(spec.at("args")));
  tokenizer.fit_on_texts(std::span(texts).first(spec.at("fit_on").get<size_t>()));
  const auto check = [&](const char* key, const Json& ours) {
    if (spec.contains(key)) result.check(key, ours == spec[key], "differs: " + ours.dump());
  };
  Json counts = Json::object();
  for (const auto& [word, count] : tokenizer.word_counts()) counts[word] = count;
  check("word_index", tokenizer.word_index());
  check("word_counts", counts);
  check("document_count", tokenizer.document_count());
  const auto sequences = tokenizer.texts_to_sequences(texts);
  check("texts_to_sequences", sequences);
  check("sequences_to_texts", tokenizer.sequences_to_texts(sequences));
  for (const char* mode : {"binary", "count", "freq", "tfidf"}) {
    if (!spec.contains(mode)) continue;
    result.compare(mode, tokenizer.texts_to_matrix(texts, mode), tensor_of(spec[mode], DType::f64), {1e-12, 1e-12});
  }
}

/// A folder with these files, which goes with it.
class FolderOfTexts {
 public:
  FolderOfTexts(const Json& files, const std::string& empty_folder)
      : path_(fs::temp_directory_path() / fmt::format("reel-golden-{}", static_cast<const void*>(this))) {
    fs::remove_all(path_);
    for (const auto& [name, text] : files.items()) {
      fs::create_directories((path_ / name).parent_path());
      std::ofstream(path_ / name) << text.get<std::string>();
    }
    if (!empty_folder.empty()) fs::create_directories(path_ / empty_folder);
  }
  ~FolderOfTexts() { fs::remove_all(path_); }
  FolderOfTexts(const FolderOfTexts&) = delete;
  FolderOfTexts& operator=(const FolderOfTexts&) = delete;
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

TextFolderOptions folder_options(const Json& args_of) {
  const std::string owner = "text_dataset_from_directory";
  Config args(owner, args_of);
  args.ignore({"batch_size"});
  TextFolderOptions options;
  const Json& mode = args.take("label_mode");
  if (args_of.contains("label_mode")) {
    options.label_mode = mode.is_null() ? std::nullopt : std::optional(mode.get<std::string>());
  }
  options.class_names = args.get<Texts>("class_names", {});
  args.take("shuffle");
  options.shuffle = args_of.value("shuffle", true);
  options.seed = args.get<uint32_t>("seed", 0);
  options.subset = args.get<std::string>("subset", "");
  if (const Json& length = args.take("max_length"); !length.is_null()) options.max_length = length.get<int64_t>();
  if (const Json& share = args.take("validation_split"); !share.is_null()) {
    options.validation_split = share.get<double>();
  }
  args.finish();
  return options;
}

void check_folder(const Json& files, const Json& spec, Case& result) {
  const FolderOfTexts folder(files, spec.value("extra_folder", ""));
  const TextFolderOptions options = folder_options(spec.at("args"));
  const TextFolder made = text_dataset_from_directory(folder.path(), options);
  const Json &expected = spec.at("result"), names = expected.value("class_names", Json());
  result.check("class_names", made.class_names == (names.is_null() ? Texts() : names.get<Texts>()), "differ");
  Texts texts = texts_of(made.texts);
  if (options.shuffle) std::ranges::sort(texts);
  if (expected.contains("texts")) compare_texts("texts", texts, flat_texts(expected["texts"]), result);
  if (!expected.contains("labels")) return;
  Json labels = Json::array();  // of all batches
  for (const Json& batch : expected["labels"]) labels.insert(labels.end(), batch.begin(), batch.end());
  result.compare("labels", made.labels, tensor_of(labels), kExact);
}

}  // namespace

void replay_tokenizer(const std::string& name, const Json& part, Report& report) {
  const auto texts = part.at("texts").get<Texts>();
  report.run(name + ".text_to_word_sequence", [&](Case& result) {
    std::vector<Texts> ours;
    for (const std::string& text : texts) ours.push_back(text_to_words(text));
    const Json& keras = part.at("text_to_word_sequence");
    result.check("words", Json(ours) == keras, fmt::format("are {}, expected {}", Json(ours).dump(), keras.dump()));
  });
  replay_each(name, part, report, [&](const Json& spec, Case& result) { check_tokenizer(texts, spec, result); });
}

void replay_text_vectorization(const std::string& name, const Json& part, Report& report) {
  const auto texts = part.at("texts").get<Texts>();
  replay_each(name, part, report, [&](const Json& spec, Case& result) { check_vectorization(texts, spec, result); });
  const auto check_vocabulary = [&](const char* key, const Texts& adapt_on) {
    if (!part.contains(key)) return;
    report.run(fmt::format("{}.{}", name, key), [&](Case& result) {
      auto layer = made_with<TextVectorization>(part[key].value("args", Json::object()));
      layer.adapt(adapt_on);
      compare_texts("vocabulary", layer.get_vocabulary(), part[key].at("vocabulary"), result);
    });
  };
  if (part.contains("ties")) check_vocabulary("ties", part["ties"].at("texts").get<Texts>());
  check_vocabulary("adapted_on_batches_of_2", texts);
}

void replay_lookup(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [](const Json& spec, Case& result) {
    check_result(spec.at("result"), result, [&] {
      spec.at("class") == "StringLookup" ? check_lookup<StringLookup>(spec, result)
                                         : check_lookup<IntegerLookup>(spec, result);
    });
  });
}

void replay_hashing(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [](const Json& spec, Case& result) {
    Hashing layer(1);
    const OrderedJson config = OrderedJson::parse(spec.at("args").dump());
    set_fields(layer, config_of(config));
    result.compare("output", layer(value_of(spec.at("input"))), tensor_of(spec.at("result").at("output")), kExact);
  });
}

void replay_text_folder(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    check_result(spec.at("result"), result, [&] { check_folder(part.at("files"), spec, result); });
  });
}

}  // namespace reel::golden
