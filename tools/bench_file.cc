#include "tools/bench_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tools/commands.h"
#include "tools/output.h"
#include "tools/saved_model.h"
#include "tools/timing.h"

namespace reel::cli {
namespace {

constexpr int kRuns = 9;
constexpr int64_t kSteps = 16;  // of inputs whose length is open

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A row of ones for each input.
ModelData a_row(const Model& model) {
  std::vector<Samples> inputs;
  for (const SymbolicTensor& input : model.inputs()) {
    std::vector<int64_t> extents = input.shape();
    for (int64_t& extent : extents) {
      if (extent == unknown) extent = kSteps;
    }
    extents[0] = 1;
    const Shape shape(extents);
    if (input.type().is_text) {
      inputs.emplace_back(Strings(shape, std::vector<std::string>(static_cast<size_t>(shape.size()), "a text")));
    } else {
      inputs.emplace_back(Tensor::ones(shape).cast(input.type().dtype));
    }
  }
  return inputs;
}

}  // namespace

int bench_file(const Arguments& arguments) {
  const std::string path = arguments.text("from"), json = arguments.text("json");
  apply_threads(arguments);
  std::FILE* people = people_stream(json);
  std::vector<double> loads, firsts, nexts;
  for (int run = 0; run < kRuns; ++run) {
    std::optional<Model> model;
    loads.push_back(milliseconds([&] { model.emplace(load_any_model(path).model); }));
    const ModelData x = a_row(*model);
    firsts.push_back(milliseconds([&] { model->predict_all(x); }));
    nexts.push_back(milliseconds([&] { model->predict_all(x); }));
  }
  const auto print = [&](const char* what, double ms) { say(people, "  {:<35} {:>11}\n", what, time_text(ms / 1e3)); };
  say(people, "{}; the first in this process, and medians of {}\n", printable(path), kRuns);
  print("first load", loads[0]);
  print("first load and prediction of a row", loads[0] + firsts[0]);
  print("load", median(loads));
  print("first prediction after it", median(firsts));
  print("next prediction", median(nexts));
  write_json(json, {{"from", path},
                    {"first_load_ms", loads[0]},
                    {"first_load_and_prediction_ms", loads[0] + firsts[0]},
                    {"load_ms", median(loads)},
                    {"first_prediction_ms", median(firsts)},
                    {"next_prediction_ms", median(nexts)}});
  return 0;
}

}  // namespace reel::cli
