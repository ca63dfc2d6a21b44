// Keras's example wide_deep_cross_networks: three models of one table, a baseline, one that is wide and deep, one that
// crosses features. Keras's takes Covertype, 581,012 places in forests with 7 kinds of trees; here, a made table of the
// same columns: 10 numbers, an area of 4, a soil of 40.
#include "example.h"

using namespace reel;

namespace {

constexpr int64_t kNumbers = 10, kAreas = 4, kSoils = 40, kClasses = 7;

/// Places: numbers [n, 10], area i32 [n, 1], soil i32 [n, 1]; and their trees, i32 [n].
struct Places {
  Tensor numbers, area, soil, cover;
};

/// The trees that the numbers, the area and the soil, and pairs of numbers speak for, with noise.
Places places(int64_t n, uint64_t seed) {
  const auto drawn = [&](int64_t kinds, uint64_t by) {
    return floor(Tensor::uniform({n, 1}, 0, static_cast<double>(kinds), by)).cast(DType::i32);
  };
  Places made{Tensor::randn({n, kNumbers}, seed), drawn(kAreas, seed + 1), drawn(kSoils, seed + 2), {}};
  const auto of_category = [&](const Tensor& category, int64_t kinds, uint64_t by) {
    return gather(Tensor::randn({kinds, kClasses}, by), category.reshape({-1}));
  };
  const Tensor crossed = slice(made.numbers, 1, 0, 5) * slice(made.numbers, 1, 5, 5);
  const Tensor scores = matmul(made.numbers, Tensor::randn({kNumbers, kClasses}, 101)) * 0.5 +
                        matmul(crossed, Tensor::randn({5, kClasses}, 102)) + of_category(made.area, kAreas, 103) +
                        of_category(made.soil, kSoils, 104) + 0.5 * Tensor::randn({n, kClasses}, seed + 3);
  made.cover = argmax(scores);
  return made;
}

/// The three inputs, and each as Keras's encode_inputs makes it: categories as vectors, of one number at their own.
struct Encoded {
  Input numbers{{kNumbers}}, area{{1}, "int32"}, soil{{1}, "int32"};

  std::vector<SymbolicTensor> inputs() const { return {numbers, area, soil}; }
  SymbolicTensor one_hot() const {
    const CategoryEncoding areas(kAreas, {.output_mode = "one_hot"}), soils(kSoils, {.output_mode = "one_hot"});
    return Concatenate()({numbers, areas(area), soils(soil)});
  }
  /// Vectors of about the square root of as many numbers as there are categories.
  SymbolicTensor embedded() const {
    const auto embedding = [](const Input& input, int64_t kinds, int64_t size) {
      return Reshape({size})(Embedding(kinds, size)(input));
    };
    return Concatenate()({numbers, embedding(area, kAreas, 2), embedding(soil, kSoils, 6)});
  }
};

SymbolicTensor hidden_layers(SymbolicTensor x) {
  for (const int64_t units : {32, 32}) {
    x = Dropout(0.1)(ReLU()(BatchNormalization()(Dense(units)(x))));
  }
  return x;
}

SymbolicTensor classes(const SymbolicTensor& x) { return Dense(kClasses, {.activation = softmax})(x); }

Model baseline() {
  const Encoded encoded;
  return {encoded.inputs(), {classes(hidden_layers(encoded.one_hot()))}};
}

Model wide_and_deep() {
  const Encoded encoded;
  const SymbolicTensor wide = BatchNormalization()(encoded.one_hot());
  return {encoded.inputs(), {classes(Concatenate()({wide, hidden_layers(encoded.embedded())}))}};
}

/// Each cross layer multiplies what it gets, projected, with the first features.
Model deep_and_cross() {
  const Encoded encoded;
  const SymbolicTensor x0 = encoded.embedded();
  SymbolicTensor cross = x0;
  for (int i = 0; i < 2; ++i) cross = x0 * Dense(x0.shape().back())(cross) + cross;
  cross = BatchNormalization()(cross);
  return {encoded.inputs(), {classes(Concatenate()({cross, hidden_layers(x0)}))}};
}

void wide_deep_cross_networks(const examples::Example& example) {
  const Places train = places(example.pick(50'000, 4'000), 1), test = places(example.pick(10'000, 1'000), 11);
  if (example.saves({{"train_numbers", train.numbers},
                     {"train_area", train.area},
                     {"train_soil", train.soil},
                     {"train_cover", train.cover},
                     {"test_numbers", test.numbers},
                     {"test_area", test.area},
                     {"test_soil", test.soil},
                     {"test_cover", test.cover}})) {
    return;
  }
  double accuracy = 0;
  for (auto [name, model] :
       {std::pair{"baseline", baseline()}, {"wide and deep", wide_and_deep()}, {"deep and cross", deep_and_cross()}}) {
    fmt::print("{}\n", name);
    model.compile(
        {.loss = "sparse_categorical_crossentropy", .optimizer = Adam(0.001), .metrics = SparseCategoricalAccuracy{}});
    model.fit({train.numbers, train.area, train.soil}, train.cover, {.batch_size = 265, .epochs = example.pick(10, 8)});
    accuracy = model.evaluate({test.numbers, test.area, test.soil}, test.cover)["sparse_categorical_accuracy"];
    fmt::print("Test accuracy: {:.4f}\n", accuracy);
  }
  examples::result("accuracy", accuracy);
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, wide_deep_cross_networks); }
