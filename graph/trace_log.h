// TraceLog: where a trace's events are collected, by those who make them. Users see Trace (graph/trace.h).
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <span>

#include "reel/graph/trace.h"

namespace reel {

/// The clock of all traces and profiles, in nanoseconds.
inline int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Any thread may call anything.
class TraceLog {
 public:
  explicit TraceLog(TraceOptions options);

  /// The log that records now, or null.
  static std::shared_ptr<TraceLog> current();
  /// Makes it the one that records, or with null ends recording. Throws Error if there is one already.
  static void set_current(std::shared_ptr<TraceLog> log);

  /// Tells this trace from all others of the process, from 1 on.
  int64_t id() const { return id_; }
  /// Number of the label; equal labels have the same.
  int32_t label(const TraceLabel& label);
  /// Number of the calling thread.
  int32_t thread();
  /// A run of a program begins that will make so many events and whose program has been recorded in detail so often.
  /// Whether it shall record its tiles and ops.
  bool begin_run(const std::string& program, int64_t events, int64_t detailed_before);
  /// Takes events whose start is counted by `clock_ns`.
  void add(std::span<const TraceEvent> events);
  /// Takes no more.
  void close();

  std::vector<TraceEvent> events() const;
  std::vector<TraceLabel> labels() const;
  std::vector<std::string> thread_names() const;
  std::vector<TracedRuns> runs() const;
  int64_t dropped() const;

 private:
  const TraceOptions options_;
  const int64_t id_, start_ns_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::map<TraceLabel, int32_t> labels_;
  std::vector<TraceEvent> events_;
  std::vector<std::string> thread_names_;
  std::vector<TracedRuns> runs_;
  int64_t dropped_ = 0;
};

}  // namespace reel
