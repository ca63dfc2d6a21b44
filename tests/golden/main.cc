// reel-golden DIR [--verbose]: replays what Keras computed and says where we differ.
//
// DIR is laid out as layers/*.{json,npz}, {losses,metrics,optimizers}.{json,npz}, training/, files/ and
// preprocessing.json; parts may be missing. A JSON describes each case by Keras's own config, the NPZ holds inputs and
// results. One line a case, then the totals. Exit code: 0, 1 if a case failed, 2 if DIR is no such folder.
//
// Start reading at layer_cases.cc; keras_config.cc turns Keras's configs into our objects.
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "golden/cases.h"

namespace {

constexpr int kFailed = 1, kMisused = 2;

struct Part {
  const char* name;
  void (*replay)(const std::filesystem::path& folder, reel::golden::Report& report);
};

constexpr Part kParts[] = {{"layers", reel::golden::replay_layers},
                           {"losses", reel::golden::replay_losses},
                           {"metrics", reel::golden::replay_metrics},
                           {"optimizers", reel::golden::replay_optimizers},
                           {"training", reel::golden::replay_training},
                           {"files", reel::golden::replay_files},
                           {"preprocessing", reel::golden::replay_preprocessing}};

int usage() {
  fmt::print(stderr, "usage: reel-golden DIR [--verbose]\n");
  return kMisused;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace reel::golden;
  std::string folder;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--verbose")
      verbose = true;
    else if (folder.empty() && !argument.starts_with("-"))
      folder = argument;
    else
      return usage();
  }
  if (folder.empty()) return usage();
  Report report(verbose);
  for (const auto& [part, replay] : kParts) {
    // What goes wrong within a case is that case's failure; this is an index that cannot be read.
    try {
      replay(folder, report);
    } catch (const std::exception& error) {
      report.failed(part, error.what());
    }
  }
  if (report.is_empty()) {
    fmt::print(stderr, "reel-golden: {}: no folder of cases (layers/, losses.json, training/ ...)\n", folder);
    return kMisused;
  }
  fmt::print("{}\n", report.totals());
  return report.has_failures() ? kFailed : 0;
}
