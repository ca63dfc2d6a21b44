// Trace: what a process did and when, for a picture of it: passes, runs of programs, their stages, tiles and ops.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

struct TraceOptions {
  /// So many runs of each program are recorded with their tiles and ops, the first ones; later runs as a whole only.
  int64_t detailed_runs = 2;
  /// What is more is counted, not kept. A run whose ops would not all fit is recorded as a whole.
  int64_t most_events = 1'000'000;
};

/// What many events have in common.
struct TraceLabel {
  std::string name;         ///< "matmul", "hoist", "train"
  std::string category;     ///< "op", "tile", "stage", "run", "pass", "compile", or what a TraceScope was given
  std::string counts = {};  ///< what `count` of the events counts, "rows" or "nodes"; empty: nothing
  std::string type = {};    ///< of an op's output
  std::string layer = {};   ///< that an op was made in

  auto operator<=>(const TraceLabel&) const = default;
};

/// A stretch of time on one thread. Events of one thread nest, or do not touch.
struct TraceEvent {
  int32_t label = 0;
  int32_t thread = 0;
  int64_t start_ns = 0;  ///< since the trace began
  int64_t duration_ns = 0;
  int64_t count = 0;
};

/// What became of the runs of the programs of one name.
struct TracedRuns {
  std::string program;
  int64_t runs = 0;
  int64_t detailed = 0;  ///< of them, with tiles and ops
};

class TraceLog;

/// Records all that happens in the process, from its making to `stop` or its end:
///
///   Trace trace;
///   model.fit(x, y);
///   save_trace("fit.json", trace);  // models/formats/trace_file.h; to be opened at https://ui.perfetto.dev
class Trace {
 public:
  /// Throws Error while another trace records.
  explicit Trace(TraceOptions options = {});
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void stop();

  /// In the order in which they began, those before those that they hold.
  std::vector<TraceEvent> events() const;
  std::vector<TraceLabel> labels() const;         ///< by TraceEvent::label
  std::vector<std::string> thread_names() const;  ///< by TraceEvent::thread; empty for threads that did nothing
  std::vector<TracedRuns> runs() const;           ///< in the order of the programs' first runs
  int64_t dropped() const;                        ///< events that were too many

 private:
  std::shared_ptr<TraceLog> log_;
};

/// An event of one's own, as long as it lives, on the thread that made it. Costs next to nothing while no trace
/// records.
class TraceScope {
 public:
  explicit TraceScope(std::string_view name, std::string_view category = "scope");
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  bool is_recording() const { return open_ != nullptr; }
  /// A number to go with it: count("nodes", 17).
  void count(std::string_view what, int64_t count);

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace reel
