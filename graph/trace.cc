#include "reel/graph/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "reel/graph/error.h"
#include "reel/graph/trace_log.h"

namespace reel {
namespace {

std::mutex current_mutex;
std::atomic<bool> recording = false;  // so that asking costs no lock while nothing records

std::shared_ptr<TraceLog>& current_log() {
  static std::shared_ptr<TraceLog> log;
  return log;
}

int64_t next_id() {
  static std::atomic<int64_t> last = 0;
  return ++last;
}

/// Threads are numbered as they are first seen.
int32_t thread_number() {
  static std::atomic<int32_t> next = 0;
  thread_local const int32_t number = next++;
  return number;
}

}  // namespace

TraceLog::TraceLog(TraceOptions options) : options_(options), id_(next_id()), start_ns_(clock_ns()) {
  thread_names_.resize(static_cast<size_t>(thread_number()) + 1);
  thread_names_.back() = "main";
}

std::shared_ptr<TraceLog> TraceLog::current() {
  if (!recording.load(std::memory_order_relaxed)) return nullptr;
  const std::lock_guard lock(current_mutex);
  return current_log();
}

void TraceLog::set_current(std::shared_ptr<TraceLog> log) {
  const std::lock_guard lock(current_mutex);
  if (log && current_log()) throw Error("trace: another trace is recording");
  recording = log != nullptr;
  current_log() = std::move(log);
}

int32_t TraceLog::label(const TraceLabel& label) {
  const std::lock_guard lock(mutex_);
  return labels_.emplace(label, static_cast<int32_t>(labels_.size())).first->second;
}

int32_t TraceLog::thread() {
  const int32_t number = thread_number();
  const std::lock_guard lock(mutex_);
  const size_t index = static_cast<size_t>(number);
  if (index >= thread_names_.size()) thread_names_.resize(index + 1);
  if (thread_names_[index].empty()) thread_names_[index] = fmt::format("thread {}", number);
  return number;
}

bool TraceLog::begin_run(const std::string& program, int64_t events, int64_t detailed_before) {
  const std::lock_guard lock(mutex_);
  auto runs = std::find_if(runs_.begin(), runs_.end(), [&](const TracedRuns& r) { return r.program == program; });
  if (runs == runs_.end()) runs = runs_.insert(runs_.end(), {program});
  ++runs->runs;
  const bool fits = static_cast<int64_t>(events_.size()) + events <= options_.most_events;
  const bool detailed = !closed_ && fits && detailed_before < options_.detailed_runs;
  if (detailed) ++runs->detailed;
  return detailed;
}

void TraceLog::add(std::span<const TraceEvent> events) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  for (TraceEvent event : events) {
    if (static_cast<int64_t>(events_.size()) >= options_.most_events) {
      ++dropped_;
      continue;
    }
    event.start_ns -= start_ns_;
    events_.push_back(event);
  }
}

void TraceLog::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::vector<TraceEvent> TraceLog::events() const {
  std::vector<TraceEvent> events;
  {
    const std::lock_guard lock(mutex_);
    events = events_;
  }
  // What ends later holds what begins with it. Of two that took no measurable time, the outer was added later.
  std::reverse(events.begin(), events.end());
  std::stable_sort(events.begin(), events.end(), [](const TraceEvent& a, const TraceEvent& b) {
    return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.duration_ns > b.duration_ns;
  });
  return events;
}

std::vector<TraceLabel> TraceLog::labels() const {
  const std::lock_guard lock(mutex_);
  std::vector<TraceLabel> labels(labels_.size());
  for (const auto& [label, number] : labels_) labels[static_cast<size_t>(number)] = label;
  return labels;
}

std::vector<std::string> TraceLog::thread_names() const {
  const std::lock_guard lock(mutex_);
  return thread_names_;
}

std::vector<TracedRuns> TraceLog::runs() const {
  const std::lock_guard lock(mutex_);
  return runs_;
}

int64_t TraceLog::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

Trace::Trace(TraceOptions options) : log_(std::make_shared<TraceLog>(options)) { TraceLog::set_current(log_); }
Trace::~Trace() { stop(); }

void Trace::stop() {
  log_->close();
  if (TraceLog::current() == log_) TraceLog::set_current(nullptr);
}

std::vector<TraceEvent> Trace::events() const { return log_->events(); }
std::vector<TraceLabel> Trace::labels() const { return log_->labels(); }
std::vector<std::string> Trace::thread_names() const { return log_->thread_names(); }
std::vector<TracedRuns> Trace::runs() const { return log_->runs(); }
int64_t Trace::dropped() const { return log_->dropped(); }

struct TraceScope::Open {
  std::shared_ptr<TraceLog> log;
  TraceLabel label;
  int64_t start_ns, count;
};

TraceScope::TraceScope(std::string_view name, std::string_view category) {
  if (std::shared_ptr<TraceLog> log = TraceLog::current()) {
    open_ = std::make_unique<Open>(
        Open{std::move(log), {.name = std::string(name), .category = std::string(category)}, clock_ns(), 0});
  }
}

void TraceScope::count(std::string_view what, int64_t count) {
  if (!open_) return;
  open_->label.counts = what;
  open_->count = count;
}

TraceScope::~TraceScope() {
  if (!open_) return;
  const int64_t end = clock_ns();
  TraceLog& log = *open_->log;
  const TraceEvent event{log.label(open_->label), log.thread(), open_->start_ns, end - open_->start_ns, open_->count};
  log.add(std::span(&event, 1));
}

}  // namespace reel
