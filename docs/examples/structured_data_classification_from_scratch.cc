// Keras's example structured_data_classification_from_scratch: from a table of numbers, categories and words to a yes
// or no, each column prepared by a layer of its own. Keras's takes the Cleveland heart disease data, 303 patients;
// here, a made table of the same columns, and of more rows so that the result says something.
#include <vector>

#include "example.h"

using namespace reel;

namespace {

// Columns of whole numbers that stand for categories, of measurements, and one of words, "thal".
const std::vector<std::string> kCategories = {"sex", "cp", "fbs", "restecg", "exang", "ca"};
const std::vector<std::string> kThal = {"normal", "fixed", "reversible"};
const std::vector<std::string> kNumbers = {"age", "trestbps", "chol", "thalach", "oldpeak", "slope"};

/// Inputs by their columns' names, each [n, 1], and whether there is a heart disease, i32 [n].
struct Patients {
  std::vector<std::pair<std::string, Tensor>> categories, numbers;
  Strings thal;
  Tensor target;

  std::vector<std::pair<std::string, Samples>> columns() const {
    std::vector<std::pair<std::string, Samples>> all{{"thal", thal}};
    for (const auto& column : categories) all.push_back(column);
    for (const auto& column : numbers) all.push_back(column);
    return all;
  }
};

/// Risk goes up with the categories, some of the numbers, and a word; chance decides the rest.
Patients patients(int64_t n, uint64_t seed) {
  const Tensor u = Tensor::uniform({7, n}, 0, 1, seed), z = Tensor::randn({7, n}, seed + 1);
  const double kinds[] = {2, 4, 2, 3, 2, 4}, weights[] = {0.8, 0.5, 0.1, 0.3, 1.0, 0.9};
  const double centers[] = {54, 131, 246, 150, 1, 1.6}, spreads[] = {9, 17, 51, 23, 1.1, 0.6};
  Patients made;
  Tensor risk = 0.5 * z[0] + 0.3 * z[1] - 0.8 * z[3] + 0.9 * square(z[4]) + 0.7 * z[6];
  for (int64_t c = 0; c < 6; ++c) {
    const Tensor category = floor(square(u[c]) * kinds[c]);  // low ones come more often
    risk += weights[c] * category;
    made.categories.emplace_back(kCategories[static_cast<size_t>(c)], category.cast(DType::i32).reshape({-1, 1}));
    made.numbers.emplace_back(kNumbers[static_cast<size_t>(c)], (centers[c] + spreads[c] * z[c]).reshape({-1, 1}));
  }
  std::vector<std::string> words;
  for (const float drawn : u[6].data<float>())
    words.push_back(drawn < 0.55 ? "normal" : drawn < 0.61 ? "fixed" : "reversible");
  made.thal = Strings({n, 1}, words);
  made.target = (risk + 1.4 * (u[6] > 0.61) > 4.0).cast(DType::i32);
  return made;
}

/// Learns which numbers a column has; each becomes a vector that is 1 in its place.
IntegerLookup lookup(const Tensor& column) {
  IntegerLookup lookup({.output_mode = "multi_hot"});
  lookup.adapt(column);
  return lookup;
}

void structured_data_classification(const examples::Example& example) {
  const Patients train = patients(example.pick(2'000, 400), 1), val = patients(example.pick(1'000, 200), 3);
  NamedTensors arrays;
  for (const auto& [part, of] : {std::pair{"train", &train}, {"val", &val}}) {
    for (const auto* columns : {&of->categories, &of->numbers}) {
      for (const auto& [name, column] : *columns) arrays.emplace_back(fmt::format("{}_{}", part, name), column);
    }
    arrays.emplace_back(fmt::format("{}_thal", part), StringLookup({.vocabulary = kThal})(of->thal));
    arrays.emplace_back(fmt::format("{}_target", part), of->target);
  }
  if (example.saves(arrays)) return;

  std::vector<SymbolicTensor> inputs, features;
  for (const auto& [name, column] : train.categories) {
    inputs.push_back(Input({1}, "int32", name));
    features.push_back(lookup(column)(inputs.back()));
  }
  inputs.push_back(Input({1}, "string", "thal"));
  StringLookup words({.output_mode = "multi_hot"});
  words.adapt(train.thal);
  features.push_back(words(inputs.back()));
  for (const auto& [name, column] : train.numbers) {
    inputs.push_back(Input({1}, "float32", name));
    Normalization normalized;
    normalized.adapt(column);
    features.push_back(normalized(inputs.back()));
  }
  SymbolicTensor x = Concatenate()(features);
  x = Dense(32, {.activation = relu})(x);
  x = Dropout(0.5)(x);
  Model model(inputs, {Dense(1, {.activation = sigmoid})(x)});
  model.compile("adam", "binary_crossentropy", "accuracy");
  const History history =
      model.fit(train.columns(), train.target, {.epochs = 50, .validation_data = {val.columns(), val.target}});
  examples::result("val_accuracy", history["val_accuracy"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, structured_data_classification); }
