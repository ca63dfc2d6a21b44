// Trace files: what a viewer reads.
#include "reel/models/formats/trace_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/temporary_folder.h"
#include "models/trace_json.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;

TEST_CASE("trace file: training as a viewer sees it", "[formats][trace]") {
  const TemporaryFolder folder;
  {
    const WithThreads two(2);
    TraceFile trace(folder / "fit.json");
    Sequential model{Input({8}), Dense(5, {.activation = tanh}), Dense(2)};
    model.compile({.loss = MeanSquaredError{}});
    model.fit(Tensor::randn({200, 8}, 1), Tensor::randn({200, 2}, 2),
              {.batch_size = 50, .epochs = 2, .verbose = Verbose::silent});
  }
  const json trace = json::parse(testing::read_text(folder / "fit.json"));
  testing::check_nesting(trace);
  const auto named = [&](const char* name) { return testing::count_events(trace, "name", name); };
  CHECK(named("process_name") == 1);
  CHECK(named("thread_name") >= 1);
  for (const char* once : {"epoch 1", "epoch 2", "make train", "record", "differentiate", "compile train", "fold",
                           "prepack", "addends", "recompute", "schedule", "plan", "instructions"}) {
    CAPTURE(once);
    CHECK(named(once) == 1);
  }
  for (const char* twice : {"hoist", "share_prefixes"}) CHECK(named(twice) == 2);  // before gradients, and after
  CHECK(named("train") == 8);
  CHECK(trace.at("otherData").at("runs").at(0) == json{{"program", "train"}, {"runs", 8}, {"with_ops", 2}});
  CHECK(trace.at("otherData").at("dropped_events") == 0);
  bool found = false;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("name") != "tanh") continue;
    found = true;
    CHECK(event.at("ph") == "X");
    CHECK(event.at("args").at("layer") == "dense");
    CHECK(event.at("args").at("type") == "f32[rows, 5]");
    CHECK(event.at("args").at("rows").get<int64_t>() > 0);
  }
  CHECK(found);
}

TEST_CASE("trace file: whole after an exception, and with any name in it", "[formats][trace]") {
  const TemporaryFolder folder;
  const std::string path = folder / "trace.json";
  CHECK_THROWS_AS(
      [&] {
        TraceFile trace(path);
        const TraceScope outer("a \"name\"\n\\ with \xff in it");
        const TraceScope inner("inner");
        throw ValueError("stop");
      }(),
      ValueError);
  const json trace = json::parse(testing::read_text(path));
  CHECK(testing::count_events(trace, "name", "a \"name\"\n\\ with \xEF\xBF\xBD in it") == 1);
  testing::check_nesting(trace);

  TraceFile nowhere(folder / "no/such/folder.json");
  CHECK_THROWS_AS(nowhere.close(), DataError);
  CHECK_NOTHROW(nowhere.close());
  {
    TraceFile discarded(path + ".not");
    discarded.discard();
    const TraceFile other(folder / "other.json");  // for the first records no more
  }
  CHECK_FALSE(std::filesystem::exists(path + ".not"));
}

}  // namespace
}  // namespace reel
