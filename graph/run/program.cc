#include "reel/graph/run/program.h"

#include <algorithm>
#include <mutex>

#include "reel/graph/error.h"
#include "reel/graph/run/run.h"

namespace reel {

/// The plan, and as many Runs as threads have run it at the same time.
class Program::Runs {
  struct Kept {
    std::unique_ptr<Run> run;
    int profile = 0;  // the number of the profile that it adds up
  };

 public:
  explicit Runs(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

  /// A Run that nobody else has, as long as it lives.
  class Lease {
   public:
    explicit Lease(Runs& runs) : runs_(runs), kept_(runs.take()) {}
    ~Lease() { runs_.give_back(std::move(kept_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Run* operator->() const { return kept_.run.get(); }

   private:
    Runs& runs_;
    Kept kept_;
  };

  ProgramStats stats() const {
    ProgramStats stats;
    stats.stages = static_cast<int64_t>(plan_->schedule.stages.size());
    for (const Stage& stage : plan_->schedule.stages) stats.nodes += static_cast<int64_t>(stage.nodes.size());
    for (const StageMemory& stage : plan_->memory.stages) {
      stats.arena_bytes = std::max(stats.arena_bytes, stage.arena_bytes);
    }
    SharedSteps shared;
    const std::lock_guard lock(mutex_);
    for (const Kept& kept : idle_) {
      stats.buffer_bytes += kept.run->buffer_bytes();
      shared.distinct += kept.run->shared_steps().distinct;
      shared.all += kept.run->shared_steps().all;
    }
    stats.distinct_share = shared.distinct_share();
    return stats;
  }

  void enable_profile() {
    const std::lock_guard lock(mutex_);
    ++profile_;
  }

  Profile profile() const {
    Profile profile;
    const std::lock_guard lock(mutex_);
    for (const Kept& kept : idle_) {
      if (kept.profile > 0 && kept.profile == profile_) profile.add(kept.run->recorder().profile());
    }
    return profile;
  }

 private:
  /// The last that was given back, whose memory is the nearest.
  Kept take() {
    Kept kept;
    int profile = 0;
    {
      const std::lock_guard lock(mutex_);
      profile = profile_;
      if (!idle_.empty()) {
        kept = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!kept.run) kept.run = std::make_unique<Run>(plan_);
    if (kept.profile != profile) kept.run->recorder().enable_profile();
    kept.profile = profile;
    return kept;
  }

  void give_back(Kept kept) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(kept));
  }

  const std::shared_ptr<const Plan> plan_;
  mutable std::mutex mutex_;
  std::vector<Kept> idle_;
  int profile_ = 0;  // how many have been asked for
};

Program::Program(Graph& graph, Targets targets) : runs_(std::make_shared<Runs>(make_plan(graph, std::move(targets)))) {}

void Program::run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) const {
  if (!runs_) throw Error("run: the program is empty");
  const std::shared_ptr<Runs> runs = runs_;  // an op may assign another program to this one
  Runs::Lease(*runs)->run(inputs, outputs);
}

std::vector<Tensor> Program::run(std::span<const Tensor> inputs) const {
  std::vector<Tensor> outputs;
  run(inputs, outputs);
  return outputs;
}

void Program::enable_profile() const {
  if (runs_) runs_->enable_profile();
}

Profile Program::profile() const { return runs_ ? runs_->profile() : Profile{}; }

ProgramStats Program::stats() const { return runs_ ? runs_->stats() : ProgramStats{}; }

Tensor value_of(Var x) { return Program(x.graph(), {.outputs = {x}}).run()[0]; }

}  // namespace reel
