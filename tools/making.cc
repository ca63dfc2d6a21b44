#include "tools/making.h"

#include <fmt/format.h>

#include "tools/output.h"

namespace reel::cli {

std::vector<Making> makings_of(const Trace& trace) {
  const std::vector<TraceLabel> labels = trace.labels();
  std::vector<Making> makings;
  std::vector<int64_t> ends;  // of those that hold the next one
  for (const TraceEvent& event : trace.events()) {
    const TraceLabel& label = labels[static_cast<size_t>(event.label)];
    if (label.category != "compile" && label.category != "pass") continue;
    while (!ends.empty() && ends.back() <= event.start_ns) ends.pop_back();
    makings.push_back({label.name, ends.size(), static_cast<double>(event.duration_ns) / 1e6, event.count});
    ends.push_back(event.start_ns + event.duration_ns);
  }
  return makings;
}

void print_makings(const std::vector<Making>& makings, std::FILE* out) {
  say(out, "  {:<28} {:>9} {:>9}\n", "making the program", "ms", "nodes");
  for (const Making& making : makings) {
    say(out, "  {:<28} {:>9.2f} {:>9}\n", std::string(2 * making.depth, ' ') + making.name, making.ms,
        making.nodes > 0 ? fmt::to_string(making.nodes) : "");
  }
}

nlohmann::ordered_json json_of(const std::vector<Making>& makings) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Making& making : makings) {
    json.push_back({{"name", making.name}, {"depth", making.depth}, {"ms", making.ms}, {"nodes", making.nodes}});
  }
  return json;
}

}  // namespace reel::cli
