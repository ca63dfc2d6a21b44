#include "tools/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "reel/graph/run/threads.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/training/batches.h"
#include "tools/commands.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/tracing.h"

namespace reel::cli {
namespace {

constexpr int64_t kBatches = 10, kMostRows = 1'000'000'000;

/// The rows of each batch in the order in which `fit` hands them to a step.
void balance(ZooData& data, int64_t batch_size) {
  std::vector<int64_t> order(static_cast<size_t>(data.x.shape()[0]));
  std::iota(order.begin(), order.end(), 0);
  balance_batches(order, data.x, batch_size);
  data.x = data.x.read(order);
  data.y = data.y.read(order);
}

}  // namespace

std::vector<Option> measurement_options(const std::vector<Option>& own) {
  std::vector<Option> options = {{"data", "P", "the data, as for train"},
                                 {"batch-size", "N", "rows a step; as for train if not given"},
                                 set_option()};
  options.insert(options.end(), own.begin(), own.end());
  options.insert(options.end(), {threads_option(),
                                 without_option(),
                                 remat_option(),
                                 {"json", "F", "write the figures to F; \"-\" is standard output"},
                                 trace_option()});
  return options;
}

Measurement prepare_measurement(const Arguments& arguments) {
  const ZooModel& zoo = model_named(arguments.word(0));
  const std::vector<OutputFile> outputs =
      output_files(arguments, {{"json", true, kJsonKind}, {"trace", false, kJsonKind}});
  Measurement measurement{.zoo = zoo,
                          .config = config_of(arguments, zoo),
                          .data = {},
                          .batch_size = arguments.number("batch-size", 1, kMostRows, zoo.batch_size),
                          .passes = pass_options_of(arguments),
                          .json = arguments.text("json"),
                          .people = people_stream(arguments.text("json"))};
  apply_threads(arguments);
  ZooDataOptions options = talking_options(measurement.people);
  options.path = arguments.text("data");
  options.rows = measurement.batch_size * kBatches;
  options.config = measurement.config;
  measurement.data = load_data(zoo, options, outputs, measurement.people);
  const Shape x = measurement.data.x.shape();
  measurement.batch_size = std::min(measurement.batch_size, x[0]);
  balance(measurement.data, measurement.batch_size);
  measurement.config.take(measurement.data.options);
  return measurement;
}

Model Measurement::build() const {
  Model model = zoo.build(config);
  if (zoo.adapt != nullptr) zoo.adapt(model, data);
  passes.apply_to(model);
  return model;
}

std::string Measurement::title() const {
  return fmt::format("{}, {} thread{}, batches of {}{}", zoo.name, threads(), threads() == 1 ? "" : "s", batch_size,
                     passes.text());
}

nlohmann::ordered_json Measurement::json_head() const {
  nlohmann::ordered_json head = {
      {"model", zoo.name}, {"data", data.source}, {"threads", threads()}, {"batch_size", batch_size}};
  head.update(passes.json());
  return head;
}

}  // namespace reel::cli
