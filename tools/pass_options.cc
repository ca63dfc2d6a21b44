#include "tools/pass_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "reel/graph/graph.h"

namespace reel::cli {
namespace {

constexpr std::string_view kAuto = "auto";
constexpr int64_t kMostSteps = 1'000'000'000;

/// "a,b" -> "a", "b".
std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> passes_left_out(const Arguments& arguments) {
  std::vector<std::string> known;
  for (const PassName& pass : kPasses) known.emplace_back(pass.name);
  std::vector<std::string> left_out;
  for (const std::string& list : arguments.texts("without")) {
    for (const std::string& name : split(list)) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string hint = did_you_mean(name, known);
        throw UsageError(
            fmt::format("--without: there is no pass \"{}\"{}", name, hint.empty() ? ", only " + pass_names() : hint));
      }
      if (std::find(left_out.begin(), left_out.end(), name) == left_out.end()) left_out.push_back(name);
    }
  }
  return left_out;
}

int64_t remat_of(const Arguments& arguments) {
  if (arguments.text("remat") == kAuto) return kRematAuto;
  try {
    return arguments.number("remat", 1, kMostSteps, 0);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}; \"{}\" chooses one", error.what(), kAuto));
  }
}

}  // namespace

Option without_option() {
  return {"without", "PASS",
          fmt::format("leave out a pass over the graph: {}. May be repeated, or hold several with commas. Results "
                      "agree within rounding",
                      pass_names())};
}

Option remat_option() {
  return {"remat", "N",
          "save memory: of a recurrence keep the states of every N-th step, and compute the others again for the "
          "backward pass; \"auto\" takes the square root of the steps. Results stay the same bits"};
}

PassOptions pass_options_of(const Arguments& arguments) { return {passes_left_out(arguments), remat_of(arguments)}; }

void PassOptions::apply_to(Model& model) const {
  if (without.empty() && remat_every == 0) return;
  CompileOptions options = model.compile_options();
  for (const std::string& name : without) options.passes.switch_off(name);
  options.passes.remat_every = remat_every;
  model.compile(std::move(options));
}

std::string PassOptions::text() const {
  std::string text = without.empty() ? "" : fmt::format(", without {}", fmt::join(without, ", "));
  if (remat_every == kRematAuto) return text + ", rematerialising";
  return remat_every == 0 ? text : text + fmt::format(", rematerialising every {} steps", remat_every);
}

nlohmann::ordered_json PassOptions::json() const {
  nlohmann::ordered_json json = {{"without", without}, {"remat_every", remat_every}};
  if (remat_every == kRematAuto) json["remat_every"] = kAuto;
  return json;
}

}  // namespace reel::cli
