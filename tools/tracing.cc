#include "tools/tracing.h"

#include <fmt/format.h>

#include "tools/output.h"

namespace reel::cli {

Option trace_option() {
  return {"trace", "F",
          "record when passes, steps, tiles and ops ran, these for the first steps only, and write it to F, which "
          "ui.perfetto.dev opens"};
}

Tracing::Tracing(const Arguments& arguments) {
  if (arguments.has("trace")) file_.emplace(arguments.text("trace"));
}

void Tracing::finish(std::FILE* out) {
  if (!file_) return;
  file_->close();
  const Trace& trace = file_->trace();
  std::string runs;
  for (const TracedRuns& r : trace.runs()) {
    runs += fmt::format("{}{}: {} of {}", runs.empty() ? "" : ", ", r.program, r.detailed, r.runs);
  }
  say(out, "Trace: {}, open it at https://ui.perfetto.dev. Runs with tiles and ops: {}\n", printable(file_->path()),
      runs.empty() ? "none" : runs);
  if (trace.dropped() > 0) say(out, "The trace is full: it lacks the last {} events\n", trace.dropped());
  file_.reset();
}

}  // namespace reel::cli
