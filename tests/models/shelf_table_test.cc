// docs/shelf.md: all classes and arguments, as objects tell them themselves. REEL_WRITE_DOCS=1 writes the table anew.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "models/known_names.h"
#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/model/layer_classes.h"
#include "reel/models/optimizers/optimizer.h"
#include "reel/models/regularizers/regularizer.h"
#include "reel/models/schedules/learning_rate_schedule.h"
#include "sources.h"

namespace reel {
namespace {

/// Where a class does something else than Keras's; an argument that has one value alone says so by itself.
const std::map<std::string, std::string>& differences() {
  static const std::map<std::string, std::string> all{
      {"Circle", "no reference embeddings: pairs are those of the batch"},
      {"ConvLSTM1D", "takes masks, too"},
      {"ConvLSTM2D", "takes masks, too"},
      {"CosineSimilarity", "its config tells `axis` where that is not -1"},
      {"Hashing", "stands at a model's inputs; indices are int32"},
      {"Huber", "its config tells `delta` where that is not 1"},
      {"Identity", "of initializers: its config tells `gain` where that is not 1"},
      {"IntegerLookup", "stands at a model's inputs; indices are int32"},
      {"LSTM", "always unrolled"},
      {"GRU", "always unrolled"},
      {"RNN", "always unrolled"},
      {"SimpleRNN", "always unrolled"},
      {"StringLookup", "stands at a model's inputs; indices are int32; no vocabulary files"},
      {"TextVectorization",
       "stands at a model's inputs; indices are int32; without a length, as long as the longest text "
       "of a call, not of a batch"},
  };
  return all;
}

/// The arguments of an object: "units, activation = \"linear\"".
class Arguments final : public Fields {
 public:
  std::string text;

 private:
  void field(std::string_view key, Field& field, bool is_required) override {
    static const std::set<std::string_view> kOfAll{"name", "trainable", "dtype", "activity_regularizer"};
    if (kOfAll.contains(key)) return;
    if (!text.empty()) text += ", ";
    text += is_required ? fmt::format("`{}`", key) : fmt::format("`{} = {}`", key, shown(field));
    if (!is_required && has_one_value(field)) text += " only";
  }

  /// A nested object by its class alone.
  static std::string shown(const Field& field) {
    const std::string json = field.get().str(), marker = "\"class_name\":\"";
    const size_t at = json.find(marker);
    if (!json.starts_with("{") || at == json.npos) return json;
    const size_t begin = at + marker.size();
    return json.substr(begin, json.find('"', begin) - begin);
  }

  static bool has_one_value(Field& field) {
    try {
      field.set(Config::parse(R"({"no": ["such"]})"));
    } catch (const Error& error) {
      return std::string(error.what()).starts_with("expected only");
    }
    return false;
  }
};

std::string row_of(const std::string& class_name, Described& object, bool of_layer) {
  Arguments arguments;
  of_layer ? object.all_fields(arguments) : object.fields(arguments);
  const auto differs = differences().find(class_name);
  return fmt::format("| {} | {} | {} |\n", class_name, arguments.text,
                     differs == differences().end() ? "" : differs->second);
}

const char* const kHead = "| class | arguments | what differs |\n| --- | --- | --- |\n";

/// A table of all that `Made` knows by a name.
template <class Made>
std::string table_of(const char* title, const std::set<std::string>& names) {
  std::map<std::string, std::string> all;  // by class
  for (const std::string& name : names) {
    Made made(name);
    const std::string class_name = made.described().class_name();
    if (!class_name.empty()) all[class_name] = row_of(class_name, made.described(), false);
  }
  std::string text = fmt::format("## {}\n\n{}", title, kHead);
  for (const auto& [name, row] : all) text += row;
  return text + "\n";
}

std::string table_of_layers() {
  std::string text = fmt::format("## Layers\n\n{}", kHead);
  for (const std::string& name : testing::names_listed_by([](const char* any) { layer_classes().named(any); })) {
    if (name == "Functional" || name == "Sequential") continue;
    const LayerPtr layer = layer_classes().named(name);
    text += row_of(name, layer.described(), true);
  }
  return text + "\n";
}

template <class... Schedule>
std::string rows_of_schedules() {
  return (row_of(std::string(Schedule::class_name), LearningRateSchedule::blank<Schedule>().described(), false) + ...);
}

std::string table_of_schedules() {
  return fmt::format("## Schedules\n\n{}{}\n", kHead,
                     rows_of_schedules<CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay,
                                       PiecewiseConstantDecay, PolynomialDecay>());
}

std::string table_of_activations() {
  std::string text = "## Activations\n\n";
  for (const std::string& name : testing::listed_names<Activation>()) text += fmt::format("`{}` ", name);
  return text + "\n\n";
}

std::string all_tables() {
  // A metric of a class that is also a loss's is that of its class.
  std::set<std::string> metrics = testing::listed_names<Metric>();
  metrics.erase("accuracy");
  return table_of_layers() + table_of_activations() + table_of<Loss>("Losses", testing::listed_names<Loss>()) +
         table_of<Metric>("Metrics", metrics) + table_of<Optimizer>("Optimizers", testing::listed_names<Optimizer>()) +
         table_of_schedules() + table_of<Initializer>("Initializers", testing::listed_names<Initializer>()) +
         table_of<Regularizer>("Regularizers", testing::listed_names<Regularizer>()) +
         table_of<Constraint>("Constraints", testing::listed_names<Constraint>());
}

TEST_CASE("docs/shelf.md has the table of all classes and arguments", "[docs][shelf]") {
  const std::string path = REEL_SOURCE_DIR "/docs/shelf.md", begin = "<!-- begin shelf -->\n",
                    end = "<!-- end shelf -->";
  const std::string text = testing::text_of(path);
  const size_t from = text.find(begin), to = text.find(end);
  REQUIRE(from != text.npos);
  REQUIRE(to != text.npos);
  const std::string tables = all_tables(), stored = text.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("REEL_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << text.substr(0, from + begin.size()) << tables << text.substr(to);
    WARN("docs/shelf.md is written anew");
    return;
  }
  INFO("REEL_WRITE_DOCS=1 reel-tests '[shelf]' writes it anew");
  CHECK(stored == tables);
}

TEST_CASE("what docs/shelf.md says to differ is of classes that there are", "[docs][shelf]") {
  const std::string tables = all_tables();
  for (const auto& [name, how] : differences()) {
    if (tables.find(fmt::format("| {} |", name)) == tables.npos) FAIL_CHECK(name << " is no class");
  }
}

}  // namespace
}  // namespace reel
