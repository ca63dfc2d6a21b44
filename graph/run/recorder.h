// Recorder: what is written down while a program runs, for its profile and for a trace. While neither is wanted, the
// executor asks once a run, and its workers once an instruction, a tile and a stage whether a pointer is null.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reel/graph/plan/plan.h"
#include "reel/graph/run/report.h"
#include "reel/graph/trace_log.h"

namespace reel {

/// What one worker writes down; nobody else touches it while a stage runs.
struct alignas(64) Record {
  struct NodeTotals {
    int64_t ns = 0, rows = 0, runs = 0;
    double rows_by_batch = 0;  ///< sum of the rows of each call times those of its batch
  };
  std::vector<NodeTotals> nodes;  // by node id
  int64_t stage_ns = 0, tile_ns = 0;

  // Of a trace; `events` waits for the end of the stage.
  TraceLog* log = nullptr;
  const int32_t* labels = nullptr;  // by node id
  int32_t stage_label = 0, tile_label = 0, thread = 0;
  std::vector<TraceEvent> events;

  void add_event(int32_t label, int64_t start_ns, int64_t end_ns, int64_t count) {
    if (log != nullptr) events.push_back({label, thread, start_ns, end_ns - start_ns, count});
  }
};

class Recorder {
 public:
  /// The plan must outlive it.
  explicit Recorder(const Plan& plan) : plan_(plan) {}

  /// Profiles from now on; what was added up before is forgotten.
  void enable_profile();
  Profile profile() const;

  /// One run of the program, as long as it lives.
  class Run {
   public:
    Run(Recorder& recorder, const std::string& program, int64_t batch_rows);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    Recorder& recorder_;
    std::shared_ptr<TraceLog> log_;
    int32_t label_ = 0;
    int64_t start_ns_, batch_rows_;
  };

  /// One stage of a run, on the thread that runs the program, as long as it lives.
  class Stage {
   public:
    Stage(Recorder& recorder, size_t index, int workers);
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// What worker `index` is to write down in; null if nothing is.
    Record* record(int index) const {
      return recorder_.is_on() ? &recorder_.records_[static_cast<size_t>(index)] : nullptr;
    }

   private:
    Recorder& recorder_;
    int64_t start_ns_ = 0;
  };

 private:
  bool is_on() const { return profiling_ || log_; }
  int64_t events_of_run(int64_t batch_rows) const;
  void make_labels(TraceLog& log);

  const Plan& plan_;
  std::deque<Record> records_;  // by worker
  bool profiling_ = false;
  int64_t runs_ = 0, run_ns_ = 0, stages_ns_ = 0;
  // Of the trace that records this program: its id, how many runs it has in detail, its labels by node and by stage.
  int64_t trace_id_ = 0, detailed_runs_ = 0;
  std::vector<int32_t> labels_, stage_labels_;
  int32_t tile_label_ = 0;
  std::shared_ptr<TraceLog> log_;  // while a run is recorded in detail
};

/// A worker's part of a stage, as long as it lives.
class StageTimer {
 public:
  explicit StageTimer(Record* record);
  ~StageTimer();
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  Record* record_;
  int64_t start_ns_ = 0;
};

/// A tile, as long as it lives.
class TileTimer {
 public:
  TileTimer(Record* record, int64_t row_count) : record_(record), rows_(row_count) {
    if (record_ != nullptr) start_ns_ = clock_ns();
  }
  ~TileTimer();
  TileTimer(const TileTimer&) = delete;
  TileTimer& operator=(const TileTimer&) = delete;

 private:
  Record* record_;
  int64_t rows_, start_ns_ = 0;
};

/// An instruction, as long as it lives.
class OpTimer {
 public:
  OpTimer(Record& record, int32_t node, std::span<const Block> blocks)
      : record_(record), node_(node), blocks_(blocks), start_ns_(clock_ns()) {}
  ~OpTimer();
  OpTimer(const OpTimer&) = delete;
  OpTimer& operator=(const OpTimer&) = delete;

 private:
  Record& record_;
  int32_t node_;
  std::span<const Block> blocks_;
  int64_t start_ns_;
};

}  // namespace reel
