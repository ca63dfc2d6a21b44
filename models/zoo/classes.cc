#include "reel/models/zoo/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "reel/graph/error.h"
#include "reel/models/data/csv_fields.h"
#include "reel/models/data/idx.h"
#include "reel/models/data/iris.h"
#include "reel/models/data/rows.h"
#include "reel/models/zoo/own_tables.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

constexpr int64_t kHeldOut = 10, kFewestToSplit = 40;

/// Rows and classes in an order, and where its parts begin.
struct Parts {
  Tensor x, y;
  int64_t train, validation, end;  // held out are those before `train`
};

ZooData make_data(const std::string& source, const Parts& parts, const ZooDataOptions& options) {
  const auto bounded = [&](int64_t n) { return options.rows > 0 ? std::min(n, options.rows) : n; };
  const int64_t training = bounded(parts.validation - parts.train), validating = bounded(parts.end - parts.validation);
  const auto take = [&](const Tensor& all, int64_t begin, int64_t count) {
    return all.slice_rows(begin, begin + count);
  };
  return {.source = fmt::format("{}; {} rows of {} to train on, {} to validate on, {} held out", source, training,
                                parts.x.shape()[1], validating, parts.train),
          .x = take(parts.x, parts.train, training),
          .y = take(parts.y, parts.train, training),
          .validation_x = take(parts.x, parts.validation, validating),
          .validation_y = take(parts.y, parts.validation, validating),
          .held_out_x = take(parts.x, 0, parts.train),
          .held_out_y = take(parts.y, 0, parts.train),
          .options = {{"features", parts.x.shape()[1]}}};
}

/// A table of the user's, row by row.
struct Table {
  std::vector<float> numbers;
  std::vector<std::string> classes;
  size_t width = 0, class_column = 0;
};

/// The column that the header says is the class, else the last.
size_t class_column_of(const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string name = fields[i];
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (name == "class" || name == "label" || name == "target" || name == "species") return i;
  }
  return fields.size() - 1;
}

bool is_header(const std::vector<std::string>& fields, size_t class_column) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i != class_column && parse_csv_field(fields[i], ',').kind == CsvFieldKind::text) return true;
  }
  return false;
}

Table read_table(const std::string& path) {
  Table table;
  read_records(path, [&](int64_t line, const std::vector<std::string>& fields) {
    if (table.width == 0) {
      table.width = fields.size();
      table.class_column = class_column_of(fields);
      if (table.width < 2) throw DataError(fmt::format("{}: expected numbers and a class, got one column", path));
      if (is_header(fields, table.class_column)) return;
    }
    if (fields.size() != table.width) {
      throw DataError(fmt::format("{}: line {}: expected {} fields, got {}", path, line, table.width, fields.size()));
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i == table.class_column) continue;
      const CsvField field = parse_csv_field(fields[i], ',');
      const auto number = static_cast<float>(field.value);
      if (field.kind != CsvFieldKind::number || !std::isfinite(number)) {
        throw DataError(fmt::format("{}: line {}, column {}: expected a finite number, got '{}'", path, line, i + 1,
                                    excerpt(fields[i])));
      }
      table.numbers.push_back(number);
    }
    table.classes.push_back(fields[table.class_column]);
  });
  return table;
}

ZooData load_own(const ZooDataOptions& options) {
  const Table table = read_table(options.path);
  const NamedClasses named = number_classes(table.classes, options.path);
  const auto count = static_cast<int64_t>(table.classes.size()), features = static_cast<int64_t>(table.width) - 1;
  const bool is_too_few = count < kFewestToSplit;
  Parts parts{Tensor(DType::f32, {count, features}), Tensor(DType::i32, {count}), kHeldOut, count - count / 10, count};
  const std::vector<int64_t> order = fixed_order(count);
  for (int64_t i = 0; i < count; ++i) {
    const auto from = static_cast<size_t>(order[static_cast<size_t>(i)]);
    const auto row = table.numbers.begin() + static_cast<ptrdiff_t>(from) * features;
    std::copy(row, row + features, parts.x.data<float>().begin() + i * features);
    parts.y.data<int32_t>()[static_cast<size_t>(i)] = named.labels[from];
  }
  if (is_too_few) parts.train = parts.validation = 0;
  ZooData data = make_data(options.path, parts, options);
  if (is_too_few) {
    data.x = data.held_out_x = parts.x;
    data.y = data.held_out_y = parts.y;
    data.held_out_is_trained = true;
    data.source = fmt::format("{}; {} rows of {}, too few to split: what is trained on also validates and is shown",
                              options.path, count, features);
  }
  data.classes = named.names;
  data.options["classes"] = static_cast<int64_t>(named.names.size());
  data.files = {options.path};
  return data;
}

/// The row at the place of each number.
Tensor ordered(const Tensor& rows_of, const std::vector<int64_t>& order) { return Samples(rows_of).read(order); }

Tensor joined(const Tensor& a, const Tensor& b) {
  const int64_t count = a.shape()[0], all = count + b.shape()[0];
  Tensor both(a.dtype(), a.shape().with_lead(all));
  both.slice_rows(0, count).assign(a);
  both.slice_rows(count, all).assign(b);
  return both;
}

Tensor labels_in(const std::string& path, int64_t count) {
  const Tensor labels = load_idx(path);
  if (labels.type() != Type{DType::i32, {count}}) {
    throw DataError(fmt::format("{}: expected the classes of {} pictures, got {}", path, count, labels.type().str()));
  }
  for (const int32_t label : labels.data<int32_t>()) {
    if (label < 0 || label > 9) throw DataError(fmt::format("{}: expected classes 0 to 9, got {}", path, label));
  }
  return labels;
}

const std::vector<std::string>& garments() {
  static const std::vector<std::string> names{"T-shirt", "trouser", "pullover", "dress", "coat",
                                              "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  return names;
}

constexpr size_t kShown = 12;  // rows

std::string show_classes(const ZooData& data, ZooTrained& trained) {
  const Tensor predicted = trained.model.predict(data.held_out_x);
  const int64_t classes = predicted.shape()[1], count = predicted.shape()[0];
  int64_t right = 0;
  std::string out = data.held_out_is_trained ? "Rows trained on\n" : "Rows that training never saw\n";
  for (int64_t i = 0; i < count; ++i) {
    const auto row = predicted.data<float>().subspan(static_cast<size_t>(i * classes), static_cast<size_t>(classes));
    const auto likeliest = static_cast<size_t>(std::ranges::max_element(row) - row.begin());
    const auto label = static_cast<size_t>(data.held_out_y.at(i));
    right += likeliest == label;
    if (static_cast<size_t>(i) >= kShown) continue;
    out += fmt::format("{:2}. {:5.1f} % {}; it is {}{}\n", i + 1, 100 * row[likeliest], data.classes.at(likeliest),
                       data.classes.at(label), likeliest == label ? "" : "  <- wrong");
  }
  return out + fmt::format("{} of {} right\n", right, count);
}

/// Of numbers with blanks or commas between.
std::string judge_row(ZooTrained& trained, const std::string& text) {
  std::string numbers = text;
  std::ranges::replace(numbers, ',', ' ');
  std::istringstream words(numbers);
  std::vector<float> row;
  for (std::string word; words >> word;) {
    const CsvField field = parse_csv_field(word, ' ');
    if (field.kind != CsvFieldKind::number) throw DataError(fmt::format("expected numbers, got \"{}\"", excerpt(word)));
    row.push_back(static_cast<float>(field.value));
  }
  const auto features = static_cast<size_t>(trained.config["features"]);
  if (row.size() != features) throw DataError(fmt::format("expected {} numbers, got {}", features, row.size()));
  const Tensor predicted = trained.model.predict(Tensor::of(row).reshaped({1, static_cast<int64_t>(features)}));
  const auto all = predicted.data<float>();
  const auto likeliest = static_cast<size_t>(std::ranges::max_element(all) - all.begin());
  return fmt::format("{:5.1f} % {}", 100 * all[likeliest],
                     likeliest < trained.classes.size() ? trained.classes[likeliest] : fmt::to_string(likeliest));
}

}  // namespace

ZooData load_iris_classes(const ZooDataOptions& options) {
  if (!options.path.empty()) return load_own(options);
  const Iris all = iris();
  const LabelledRows held_out = iris_tests();
  const std::vector<int64_t> order = fixed_order(all.x.shape()[0]);
  const int64_t before = held_out.x.shape()[0], end = before + all.x.shape()[0];
  ZooData data = make_data(
      "Fisher's irises",
      {joined(held_out.x, ordered(all.x, order)), joined(held_out.y, ordered(all.y, order)), before, end - 30, end},
      options);
  data.classes.assign(kIrisClasses.begin(), kIrisClasses.end());
  data.options["classes"] = static_cast<int64_t>(kIrisClasses.size());
  return data;
}

ZooData load_picture_classes(const ZooDataOptions& options) {
  if (is_table_name(options.path)) return load_own(options);
  ZooDataOptions folder_options = options;
  folder_options.path = fashion_mnist_folder(options.path);
  ZooData data = load_autoencoder_rows(folder_options, 0);
  const std::string train = fashion_mnist_file(folder_options.path, "train-labels-idx1-ubyte"),
                    test = fashion_mnist_file(folder_options.path, "t10k-labels-idx1-ubyte");
  const Tensor labels = load_idx(train), test_labels = load_idx(test);
  data.y = labels_in(train, labels.shape()[0]).slice_rows(0, data.x.shape()[0]);
  data.validation_y =
      labels_in(test, test_labels.shape()[0]).slice_rows(kHeldOut, kHeldOut + data.validation_x.shape()[0]);
  data.held_out_y = test_labels.slice_rows(0, kHeldOut);
  data.files.insert(data.files.end(), {train, test});
  data.classes = garments();
  data.options["classes"] = static_cast<int64_t>(garments().size());
  return data;
}

ZooModel classifier(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                    ZooData (*load)(const ZooDataOptions&), std::vector<ZooOption> options, int64_t features,
                    int64_t classes) {
  options.push_back(data_option("features", features, "numbers in a row"));
  options.push_back(data_option("classes", classes, "to tell apart", 1000));
  return {.name = name,
          .description = description,
          .data = load == load_iris_classes ? "Fisher's irises; or a .csv of numbers and a class"
                                            : "pictures of Fashion-MNIST; or a folder with its files, or a .csv of "
                                              "numbers and a class",
          .epochs = 10,
          .batch_size = 128,
          .options = std::move(options),
          .targets_are_classes = true,
          .build = build,
          .load = load,
          .show = show_classes,
          .answer = judge_row};
}

void compile_classifier(Model& model, const Optimizer& optimizer) {
  model.compile({.loss = SparseCategoricalCrossentropy{}, .optimizer = optimizer, .metrics = {Accuracy{}}});
}

}  // namespace reel
