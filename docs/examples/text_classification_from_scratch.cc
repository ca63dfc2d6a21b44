// Keras's example text_classification_from_scratch: from texts to what their writers think, with the words looked up by
// the model itself. --data names the folder aclImdb, of raw reviews in train/ and test/, each with pos/ and neg/;
// without it, reviews are those that a small grammar writes, which are easier.
#include <cctype>

#include "example.h"
#include "reel/models/data/text_folder.h"

using namespace reel;

namespace {

constexpr int64_t kMaxFeatures = 20'000, kSequenceLength = 500;

/// As in Keras's example: lower case, line breaks are blanks, no punctuation.
std::string standardized(const std::string& text) {
  std::string out = lowered_text(text);
  for (size_t at; (at = out.find("<br />")) != std::string::npos;) out.replace(at, 6, " ");
  std::erase_if(out, [](unsigned char c) { return std::ispunct(c); });
  return out;
}

/// Reviews to train on, to validate on, to test with.
struct Texts {
  Strings train, val, test;
  Tensor y_train, y_val, y_test;
};

Texts load(const examples::Example& example) {
  Texts texts;
  if (!example.data_path.empty()) {
    const auto part = [&](const char* folder, std::optional<double> split, const char* subset, Tensor& labels) {
      auto read = text_dataset_from_directory(
          example.data_path + folder,
          {.class_names = {"neg", "pos"}, .seed = 1337, .validation_split = split, .subset = subset});
      labels = read.labels;
      return read.texts;
    };
    texts.train = part("/train", 0.2, "training", texts.y_train);
    texts.val = part("/train", 0.2, "validation", texts.y_val);
    texts.test = part("/test", {}, "", texts.y_test);
  } else {
    const int64_t train = example.pick(4'000, 2'000), val = train / 4, test = train / 4;
    const Corpus corpus = generate_reviews(train + val + test, 0);
    const Strings all(corpus.texts);
    const Tensor labels = Tensor::of(corpus.labels);
    const auto rows_of = [&](int64_t begin, int64_t n, Tensor& to) {
      to = labels.slice_rows(begin, begin + n);
      return all.slice_rows(begin, begin + n);
    };
    texts.train = rows_of(0, train, texts.y_train);
    texts.val = rows_of(train, val, texts.y_val);
    texts.test = rows_of(train + val, test, texts.y_test);
  }
  return texts;
}

void text_classification_from_scratch(const examples::Example& example) {
  const Texts texts = load(example);
  TextVectorization vectorize({.max_tokens = kMaxFeatures,
                               .standardize = standardized,
                               .output_sequence_length = example.pick(kSequenceLength, 200)});
  vectorize.adapt(texts.train);
  if (example.saves({{"x_train", vectorize(texts.train)},
                     {"y_train", texts.y_train},
                     {"x_val", vectorize(texts.val)},
                     {"y_val", texts.y_val},
                     {"x_test", vectorize(texts.test)},
                     {"y_test", texts.y_test}})) {
    return;
  }

  const Input text({1}, "string");
  const int64_t units = example.pick(128, 32);
  SymbolicTensor x = Embedding(kMaxFeatures, units)(vectorize(text));
  x = Dropout(0.5)(x);
  x = Conv1D(units, 7, {.strides = 3, .padding = "valid", .activation = relu})(x);
  x = Conv1D(units, 7, {.strides = 3, .padding = "valid", .activation = relu})(x);
  x = GlobalMaxPooling1D()(x);
  x = Dense(units, {.activation = relu})(x);
  x = Dropout(0.5)(x);
  Model model(text, Dense(1, {.activation = sigmoid, .name = "predictions"})(x));
  model.compile("adam", "binary_crossentropy", "accuracy");
  model.fit(texts.train, texts.y_train,
            {.batch_size = 32, .epochs = example.pick(3, 12), .validation_data = {texts.val, texts.y_val}});

  const Logs logs = model.evaluate(texts.test, texts.y_test);
  const Strings own{"A wonderful film: I laughed, I cried.", "Dull from the first minute to the last."};
  const Tensor opinions = model.predict(own);
  for (int64_t i = 0; i < own.size(); ++i) fmt::print("{:.3f} {}\n", opinions.at(i), own[i]);
  examples::result("accuracy", logs["accuracy"]);
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, text_classification_from_scratch); }
