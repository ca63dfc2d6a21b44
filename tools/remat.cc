// --remat N, which several commands take.
#include <fmt/format.h>

#include "reel/graph/graph.h"
#include "tools/commands.h"

namespace reel::cli {
namespace {

constexpr std::string_view kAuto = "auto";
constexpr int64_t kMostSteps = 1'000'000'000;

}  // namespace

Option remat_option() {
  return {"remat", "N",
          "save memory: of a recurrence keep the states of every N-th step, and compute the others again for the "
          "backward pass; \"auto\" takes the square root of the steps. Results stay the same bits"};
}

int64_t remat_of(const Arguments& arguments) {
  if (arguments.text("remat") == kAuto) return kRematAuto;
  try {
    return arguments.number("remat", 1, kMostSteps, 0);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}; \"{}\" chooses one", error.what(), kAuto));
  }
}

void rematerialize(int64_t every, Sequential& model) {
  if (every == 0) return;
  CompileOptions options = model.compile_options();
  options.passes.remat_every = every;
  model.compile(std::move(options));
}

std::string remat_text(int64_t every) {
  if (every == 0) return {};
  return every == kRematAuto ? ", rematerialising" : fmt::format(", rematerialising every {} steps", every);
}

}  // namespace reel::cli
