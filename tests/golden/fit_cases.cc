// fit/NAME.{json,npz}: runs of fit, evaluate, train_on_batch and the like, with callbacks and options.
#include "golden/cases.h"
#include "golden/fit_run.h"

namespace reel::golden {

void replay_fit(const std::filesystem::path& folder, Report& report) {
  const std::filesystem::path runs = folder / "fit";
  if (!std::filesystem::is_directory(runs)) return;
  for (const std::string& name : stems(runs)) {
    if (name == "index") continue;
    report.run("fit/" + name, [&](Case& result) {
      const OrderedJson spec = read_ordered_json(runs / (name + ".json"));
      const Arrays arrays(runs / (name + ".npz"));
      FitRun(spec, arrays, result).replay();
    });
  }
}

}  // namespace reel::golden
