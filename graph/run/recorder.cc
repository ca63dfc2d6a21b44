#include "reel/graph/run/recorder.h"

#include <fmt/format.h>

#include <map>

namespace reel {
namespace {

constexpr double kSecond = 1e9;

/// "stage 2, batch" for a person who looks at the trace.
std::string stage_name(const Schedule& schedule, size_t index) {
  const int64_t extent = schedule.stages[index].extent;
  if (schedule.stages[index].whole) return fmt::format("stage {}, small values", index);
  return extent == rows ? fmt::format("stage {}, batch", index) : fmt::format("stage {}, {} rows", index, extent);
}

}  // namespace

void Recorder::enable_profile() {
  profiling_ = true;
  records_.clear();
  runs_ = run_ns_ = stages_ns_ = 0;
}

int64_t Recorder::events_of_run(int64_t batch_rows) const {
  int64_t events = 1;
  for (size_t i = 0; i < plan_.schedule.stages.size(); ++i) {
    events += plan_.schedule.stages[i].leaf_count(batch_rows) * static_cast<int64_t>(plan_.code.stages[i].size() + 2);
  }
  return events;
}

void Recorder::make_labels(TraceLog& log) {
  labels_.assign(plan_.index_of.size(), 0);
  stage_labels_.clear();
  for (size_t i = 0; i < plan_.code.stages.size(); ++i) {
    stage_labels_.push_back(log.label({.name = stage_name(plan_.schedule, i), .category = "stage"}));
    for (const Instruction& instruction : plan_.code.stages[i]) {
      const Node& node = plan_.node(instruction.node);
      labels_[instruction.node] = log.label({.name = std::string(node.op->name()),
                                             .category = "op",
                                             .counts = "rows",
                                             .type = node.type.str(),
                                             .layer = plan_.layer_of(node)});
    }
  }
  tile_label_ = log.label({.name = "tile", .category = "tile", .counts = "rows"});
}

Recorder::Run::Run(Recorder& recorder, const std::string& program, int64_t batch_rows)
    : recorder_(recorder), log_(TraceLog::current()), start_ns_(0), batch_rows_(batch_rows) {
  if (log_) {
    label_ = log_->label({.name = program, .category = "run", .counts = "rows"});
    if (recorder_.trace_id_ != log_->id()) {
      recorder_.trace_id_ = log_->id();
      recorder_.detailed_runs_ = 0;
    }
    if (log_->begin_run(program, recorder_.events_of_run(batch_rows), recorder_.detailed_runs_)) {
      if (recorder_.detailed_runs_++ == 0) recorder_.make_labels(*log_);
      recorder_.log_ = log_;
    }
  }
  if (log_ || recorder_.profiling_) start_ns_ = clock_ns();
}

Recorder::Run::~Run() {
  if (start_ns_ == 0) return;
  const int64_t ns = clock_ns() - start_ns_;
  if (recorder_.profiling_) {
    ++recorder_.runs_;
    recorder_.run_ns_ += ns;
  }
  recorder_.log_.reset();
  if (!log_) return;
  const TraceEvent event{label_, log_->thread(), start_ns_, ns, batch_rows_};
  log_->add(std::span(&event, 1));
}

Recorder::Stage::Stage(Recorder& recorder, size_t index, int workers) : recorder_(recorder) {
  if (!recorder_.is_on()) return;
  while (static_cast<int>(recorder_.records_.size()) < workers) recorder_.records_.emplace_back();
  for (Record& record : recorder_.records_) {
    record.nodes.resize(recorder_.plan_.index_of.size());
    record.log = recorder_.log_.get();
    if (record.log == nullptr) continue;
    record.labels = recorder_.labels_.data();
    record.stage_label = recorder_.stage_labels_[index];
    record.tile_label = recorder_.tile_label_;
  }
  start_ns_ = clock_ns();
}

Recorder::Stage::~Stage() {
  if (start_ns_ == 0) return;
  if (recorder_.profiling_) recorder_.stages_ns_ += clock_ns() - start_ns_;
  for (Record& record : recorder_.records_) {
    if (recorder_.log_) recorder_.log_->add(record.events);
    record.events.clear();
  }
}

StageTimer::StageTimer(Record* record) : record_(record) {
  if (record_ == nullptr) return;
  if (record_->log != nullptr) record_->thread = record_->log->thread();
  start_ns_ = clock_ns();
}

StageTimer::~StageTimer() {
  if (record_ == nullptr) return;
  const int64_t end = clock_ns();
  record_->stage_ns += end - start_ns_;
  record_->add_event(record_->stage_label, start_ns_, end, 0);
}

TileTimer::~TileTimer() {
  if (record_ == nullptr) return;
  const int64_t end = clock_ns();
  record_->tile_ns += end - start_ns_;
  record_->add_event(record_->tile_label, start_ns_, end, rows_);
}

OpTimer::~OpTimer() {
  const int64_t end = clock_ns();
  Record::NodeTotals& totals = record_.nodes[static_cast<size_t>(node_)];
  int64_t row_count = 0;
  for (const Block& block : blocks_) row_count += block.rows;
  totals.ns += end - start_ns_;
  totals.rows += row_count;
  totals.rows_by_batch += static_cast<double>(row_count) * static_cast<double>(blocks_.front().batch_rows);
  ++totals.runs;
  if (record_.log != nullptr) record_.add_event(record_.labels[node_], start_ns_, end, row_count);
}

/// Of an op that reads a batch whole, each row costs as much as the batch has rows.
double flops_of(const Plan& plan, const Node& node, const Record::NodeTotals& totals) {
  const std::vector<Type> inputs = plan.input_types(node), types = types_read(node, inputs, 1);
  const bool reads_whole = types != inputs;
  return (reads_whole ? totals.rows_by_batch : static_cast<double>(totals.rows)) *
         node.op->flops_per_row(types, node.type);
}

Profile Recorder::profile() const {
  Profile profile;
  if (!profiling_) return profile;
  std::map<std::string, ProfileEntry> by_op;
  for (const reel::Stage& stage : plan_.schedule.stages) {
    for (const int32_t id : stage.nodes) {
      const Node& node = plan_.node(id);
      const std::string op = fmt::format("{} {}", node.op->name(), node.type.str());
      ProfileEntry& entry = by_op[op];
      entry.op = op;
      ++entry.nodes;
      for (const Record& record : records_) {
        const Record::NodeTotals& totals = record.nodes[static_cast<size_t>(id)];
        entry.seconds += static_cast<double>(totals.ns) / kSecond;
        entry.calls += totals.runs;
        entry.flops += flops_of(plan_, node, totals);
      }
    }
  }
  for (auto& [op, entry] : by_op) {
    if (entry.calls == 0) continue;  // all of them stand in memory once their operands do
    profile.op_seconds += entry.seconds;
    profile.ops.push_back(std::move(entry));
  }
  profile.runs = runs_;
  profile.run_seconds = static_cast<double>(run_ns_) / kSecond;
  profile.stage_seconds = static_cast<double>(stages_ns_) / kSecond;
  for (const Record& record : records_) {
    profile.worker_seconds += static_cast<double>(record.stage_ns) / kSecond;
    profile.tile_seconds += static_cast<double>(record.tile_ns) / kSecond;
  }
  return profile;
}

}  // namespace reel
