// reel-golden DIR [--verbose]: replays what Keras computed and says where we differ.
//
// DIR is laid out as {layers,losses,metrics,optimizers,initializers}.{json,npz}, layers/, functional/, fit/, training/,
// files/ and preprocessing.json; parts may be missing, and a part may have more files, such as losses_more.{json,npz}.
// A JSON describes each case by Keras's own config, the NPZ holds inputs and results. One line a case: "ok", "FAIL", or
// "unsupported" with the reason why it cannot run; then the totals. What a manifest.json in DIR lists must be there,
// and nothing else. Exit code: 0 if every case passed, 1 if one failed, 3 if none failed and some cannot run, 2 if DIR
// is no such folder or has no cases.
//
// Start reading at layer_case.cc; described.h makes our objects of Keras's configs.
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "golden/case_files.h"
#include "golden/cases.h"

namespace {

constexpr int kFailed = 1, kMisused = 2, kCannotRun = 3;

struct Part {
  const char* name;
  void (*replay)(const std::filesystem::path& folder, reel::golden::Report& report);
};

constexpr Part kParts[] = {{"layers", reel::golden::replay_layers},
                           {"functional", reel::golden::replay_functional},
                           {"fit", reel::golden::replay_fit},
                           {"losses", reel::golden::replay_losses},
                           {"metrics", reel::golden::replay_metrics},
                           {"optimizers", reel::golden::replay_optimizers},
                           {"initializers", reel::golden::replay_initializers},
                           {"training", reel::golden::replay_training},
                           {"files", reel::golden::replay_files},
                           {"preprocessing", reel::golden::replay_preprocessing},
                           {"other parts", reel::golden::replay_other_parts}};

/// What make_cases.py says that it has written.
void expect_listed(const std::filesystem::path& manifest, reel::golden::Report& report) {
  const reel::golden::Json listed = reel::golden::read_json(manifest);
  report.expect(listed.at("cases").get<std::set<std::string>>());
}

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
  if (!std::filesystem::is_directory(folder)) {
    fmt::print(stderr, "reel-golden: {}: no such folder\n", folder);
    return kMisused;
  }
  const std::filesystem::path manifest = std::filesystem::path(folder) / "manifest.json";
  if (std::filesystem::exists(manifest)) report.run_part("manifest", [&] { expect_listed(manifest, report); });
  for (const auto& [part, replay] : kParts) report.run_part(part, [&, run = replay] { run(folder, report); });
  report.fail_missing();
  if (report.is_empty()) {
    fmt::print(stderr, "reel-golden: {}: no cases (layers.json, losses.json, training/ ...)\n", folder);
    return kMisused;
  }
  fmt::print("{}\n", report.totals());
  if (report.has_failures()) return kFailed;
  return report.has_unsupported() ? kCannotRun : 0;
}
