#include "reel/models/formats/trace_file.h"

#include <fmt/format.h>

#include <exception>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"

namespace reel {
namespace {

using nlohmann::json;

constexpr int kProcess = 1;  // all events are of one process
constexpr size_t kBytesAnEvent = 160;

std::string quoted(const std::string& text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); }

/// Everything of a label's events but their times; of millions of events it is written once.
struct LabelText {
  std::string before, arguments, counts;
};

LabelText text_of_label(const TraceLabel& label) {
  LabelText text;
  text.before =
      fmt::format(R"({{"ph":"X","name":{},"cat":{},"pid":{})", quoted(label.name), quoted(label.category), kProcess);
  for (const auto& [key, value] : {std::pair("type", &label.type), std::pair("layer", &label.layer)}) {
    if (value->empty()) continue;
    text.arguments += fmt::format(R"({}"{}":{})", text.arguments.empty() ? "" : ",", key, quoted(*value));
  }
  if (!label.counts.empty())
    text.counts = fmt::format("{}{}:", text.arguments.empty() ? "" : ",", quoted(label.counts));
  return text;
}

/// Microseconds with all digits that the clock has.
std::string microseconds(int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

void append_names(const Trace& trace, std::string& out) {
  const auto append = [&](const char* what, size_t thread, const std::string& name) {
    out += fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}}}})", what, kProcess, thread,
                       quoted(name));
  };
  append("process_name", 0, "reel");
  const std::vector<std::string> names = trace.thread_names();
  for (size_t thread = 0; thread < names.size(); ++thread) {
    if (names[thread].empty()) continue;
    out += ",\n";
    append("thread_name", thread, names[thread]);
  }
}

void append_events(const Trace& trace, std::string& out) {
  std::vector<LabelText> texts;
  for (const TraceLabel& label : trace.labels()) texts.push_back(text_of_label(label));
  const std::vector<TraceEvent> events = trace.events();
  out.reserve(out.size() + events.size() * kBytesAnEvent);
  for (const TraceEvent& event : events) {
    const LabelText& text = texts[static_cast<size_t>(event.label)];
    fmt::format_to(std::back_inserter(out), R"(,{}{},"tid":{},"ts":{},"dur":{},"args":{{{})", "\n", text.before,
                   event.thread, microseconds(event.start_ns), microseconds(event.duration_ns), text.arguments);
    if (!text.counts.empty()) fmt::format_to(std::back_inserter(out), "{}{}", text.counts, event.count);
    out += "}}";
  }
}

/// How much of what ran is in the file.
std::string summary(const Trace& trace) {
  json runs = json::array();
  for (const TracedRuns& r : trace.runs()) {
    runs.push_back({{"program", r.program}, {"runs", r.runs}, {"with_ops", r.detailed}});
  }
  return json{{"runs", std::move(runs)}, {"dropped_events", trace.dropped()}}.dump(-1, ' ', false,
                                                                                   json::error_handler_t::replace);
}

}  // namespace

void save_trace(const std::string& path, const Trace& trace) {
  std::string out = "{\"displayTimeUnit\":\"ms\",\"otherData\":" + summary(trace) + ",\"traceEvents\":[\n";
  append_names(trace, out);
  append_events(trace, out);
  out += "\n]}\n";
  write_file_atomically(path, bytes_of(out));
}

TraceFile::~TraceFile() {
  try {
    close();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): who wants to know calls close()
  }
}

void TraceFile::discard() {
  if (std::exchange(is_open_, false)) trace_.stop();
}

void TraceFile::close() {
  if (!std::exchange(is_open_, false)) return;
  trace_.stop();
  save_trace(path_, trace_);
}

}  // namespace reel
