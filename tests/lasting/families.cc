#include "lasting/families.h"

#include <fmt/format.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/small_zoo.h"
#include "reel/graph/random.h"
#include "reel/models/data/datasets.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/zoo/zoo.h"

namespace reel::testing {
namespace {

constexpr int64_t kRows = 200, kWords = 16, kFeatures = 12, kBatch = 12;  // the last batch is not full
constexpr const char* kLines = "epochs.csv";

/// Reviews of many lengths, padded before.
Tensor reviews() {
  Random random(1);
  Tensor ids = Tensor::zeros({kRows, kWords}, DType::i32);
  const auto data = ids.data<int32_t>();
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t step = random.below(kWords); step < kWords; ++step)
      data[static_cast<size_t>(row * kWords + step)] = static_cast<int32_t>(1 + random.below(30));
  }
  return ids;
}

Tensor labels() {
  Random random(2);
  Tensor y = Tensor::zeros({kRows, 1});
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  return y;
}

Tensor table() { return Tensor::uniform({kRows, kFeatures}, -1, 1, 4); }

/// 1 where a row's first numbers add up to more than 0, so that there is something to learn.
Tensor signs() {
  const Tensor x = table();
  Tensor y = Tensor::zeros({kRows, 1});
  for (int64_t row = 0; row < kRows; ++row)
    y.data<float>()[static_cast<size_t>(row)] = x.at(row, 0) + x.at(row, 1) * x.at(row, 2) > 0 ? 1 : 0;
  return y;
}

FitOptions fit_options(Callbacks callbacks = {}) {
  return {.batch_size = kBatch, .epochs = 5, .verbose = 0, .callbacks = std::move(callbacks), .validation_split = 0.2};
}

Lasting classifier(std::vector<LayerPtr> layers, CompileOptions compiled, FitOptions options = fit_options()) {
  layers.insert(layers.begin(), Input({kFeatures}));
  layers.push_back(Dense(1, {.activation = sigmoid}));
  Sequential model(std::move(layers), {.seed = 7});
  if (!compiled.loss) compiled.loss = BinaryCrossentropy{};
  if (compiled.metrics.empty()) compiled.metrics = {"accuracy"};
  model.compile(std::move(compiled));
  return {model, table(), signs(), std::move(options)};
}

/// The table, made row by row when it is read.
struct Stream : SampleSource {
  Tensor rows;
  explicit Stream(Tensor all) : rows(std::move(all)) {}
  Type type() const override { return rows.type(); }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    check_read(type(), numbers, to);
    Samples(rows).read(numbers, to);
  }
};

/// Reviews are made: those that the zoo has differ from machine to machine.
Lasting of_reviews(const ZooModel& zoo) {
  ZooConfig config = zoo.config(3);
  config.take({{"steps", kWords}, {"units", 8}});
  return {zoo.build(config), reviews(), labels(), fit_options()};
}

Lasting of_zoo(const ZooModel& zoo) {
  if (zoo.kind == ZooKind::reviews) return of_reviews(zoo);
  SmallZoo small = small_zoo(zoo, 3);
  return {std::move(small.model), small.data.x, small.data.y, fit_options()};
}

Lasting dropout(const std::string&) {
  return classifier({Dense(24, {.activation = relu}), Dropout(0.3), GaussianNoise(0.1)}, {.optimizer = Adam{}});
}

Lasting batch_norm(const std::string&) {
  return classifier({Dense(24), BatchNormalization(), Dense(8, {.activation = relu})},
                    {.optimizer = SGD{.learning_rate = 0.05, .momentum = 0.9}});
}

Lasting accumulated(const std::string&) {
  return classifier({Dense(16, {.activation = tanh})},
                    {.optimizer = Adam{.options = {.clipnorm = 0.5, .gradient_accumulation_steps = 3}}});
}

Lasting averages(const std::string&) {
  return classifier({Dense(16, {.activation = tanh})},
                    {.optimizer = Adam{.options = {.use_ema = true, .ema_momentum = 0.9}}},
                    fit_options(SwapEMAWeights{.swap_on_epoch = true}));
}

Lasting metrics(const std::string&) {
  FitOptions options = fit_options();
  options.class_weight = {{0, 1.0}, {1, 2.5}};
  return classifier(
      {Dense(16, {.activation = tanh})},
      {.optimizer = RMSprop{}, .metrics = {AUC{}, Precision{}, Recall{}, "accuracy"}, .weighted_metrics = {"accuracy"}},
      std::move(options));
}

Lasting early_stopping(const std::string& folder) {
  FitOptions options = fit_options({ReduceLROnPlateau{.factor = 0.5, .patience = 1, .min_delta = 0.01},
                                    CSVLogger{.filename = (std::filesystem::path(folder) / kLines).string()},
                                    EarlyStopping{.patience = 2, .restore_best_weights = true}});
  options.epochs = 12;
  return classifier({Dense(32, {.activation = relu})}, {.optimizer = Adam{.learning_rate = 0.05}}, std::move(options));
}

Lasting schedules(const std::string&) {
  return classifier(
      {Dense(16, {.activation = tanh})},
      {.optimizer = Adam{.learning_rate = CosineDecay{.initial_learning_rate = 0.02, .decay_steps = 60}}});
}

/// The rate of an epoch is made of that before it, so that to begin an epoch twice would show.
Lasting rate_by_epoch(const std::string&) {
  return classifier({Dense(16, {.activation = tanh})}, {.optimizer = Adagrad{.learning_rate = 0.1}},
                    fit_options(LearningRateScheduler{[](int64_t, double rate) { return rate * 0.7; }}));
}

/// An epoch is a half of a pass: epochs go on within one.
Lasting streams(const std::string&) {
  FitOptions options = fit_options();
  options.steps_per_epoch = 7;
  Lasting made = classifier({Dense(16, {.activation = tanh})}, {.optimizer = Lion{}}, std::move(options));
  made.x = Stream(table());
  return made;
}

Lasting states(const std::string&) {
  Sequential model({Input({4, 3}), LSTM(6, {.stateful = true}), Dense(1, {.activation = sigmoid})}, {.seed = 7});
  model.compile({.loss = "mse", .optimizer = Nadam{}, .metrics = {"mae"}});
  FitOptions options = fit_options();
  options.validation_split = 0;
  options.batch_size = 10;
  options.shuffle = false;
  return {model, table().reshaped({kRows, 4, 3}), signs(), std::move(options)};
}

std::string bits(double value) { return fmt::format("{:016x}", std::bit_cast<uint64_t>(value)); }

}  // namespace

std::vector<Family> lasting_families() {
  std::vector<Family> all;
  const bool has_pictures = find_fashion_mnist().has_value();
  for (const ZooModel& zoo : zoo_models()) {
    if (needs_pictures(zoo) && !has_pictures) continue;
    all.push_back({std::string(zoo.name), [zoo](const std::string&) { return of_zoo(zoo); }});
  }
  const std::vector<Family> more = {{"dropout", dropout},
                                    {"batch_norm", batch_norm},
                                    {"accumulated_gradients", accumulated},
                                    {"averaged_weights", averages},
                                    {"metrics", metrics},
                                    {"early_stopping", early_stopping},
                                    {"schedules", schedules},
                                    {"rate_by_epoch", rate_by_epoch},
                                    {"streams", streams},
                                    {"states", states}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Family lasting_family(const std::string& name) {
  for (const Family& family : lasting_families()) {
    if (family.name == name) return family;
  }
  throw ValueError("no training is called \"" + name + "\"");
}

std::string outcome(Lasting& trained, const History& history, const std::string& folder) {
  Sha256 all;
  for (const Variable& variable : trained.model.all_variables()) {
    const Tensor value = variable.value();
    if (value) all.update({value.raw(), value.bytes()});
  }
  std::string text = fmt::format("weights {}\nvariables {}\nlearning_rate {}\n", trained.model.weights_sha256(),
                                 all.hex(), bits(trained.model.learning_rate()));
  for (const History::Epoch& epoch : history.epochs) {
    text += fmt::format("epoch {}", epoch.epoch);
    for (const auto& [name, value] : epoch.logs) text += fmt::format(" {} {}", name, bits(value));
    text += "\n";
  }
  text += "evaluation";
  const int64_t rows = trained.x.shape()[0], batch = trained.options.shuffle ? rows : trained.options.batch_size;
  for (const auto& [name, value] : trained.model.evaluate(trained.x, trained.y, {.batch_size = batch}))
    text += fmt::format(" {} {}", name, bits(value));
  std::ostringstream lines;
  lines << std::ifstream((std::filesystem::path(folder) / kLines).string(), std::ios::binary).rdbuf();
  return text + fmt::format("\nlines {}\n", sha256_hex(bytes_of(lines.str())));
}

}  // namespace reel::testing
