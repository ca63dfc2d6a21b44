// --without PASS, which several commands take.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "reel/graph/graph.h"
#include "tools/commands.h"

namespace reel::cli {
namespace {

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

}  // namespace

Option without_option() {
  return {"without", "PASS",
          fmt::format("leave out a pass over the graph: {}. May be repeated, or hold several with commas. Results "
                      "agree within rounding",
                      pass_names())};
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

void leave_out(const std::vector<std::string>& passes, Sequential& model) {
  if (passes.empty()) return;
  CompileOptions options = model.compile_options();
  for (const std::string& name : passes) options.passes.switch_off(name);
  model.compile(std::move(options));
}

std::string without_text(const std::vector<std::string>& passes) {
  return passes.empty() ? std::string() : fmt::format(", without {}", fmt::join(passes, ", "));
}

}  // namespace reel::cli
