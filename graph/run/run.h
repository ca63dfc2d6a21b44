// Run: a plan with memory to run in.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "reel/graph/plan/plan.h"
#include "reel/graph/run/executor.h"
#include "reel/graph/run/parameter_use.h"

namespace reel {

/// Buffers, bindings and scratch of one run at a time, kept for the next. Making one compiles nothing, and takes its
/// memory when it first runs.
class Run {
 public:
  explicit Run(std::shared_ptr<const Plan> plan);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// See Program::run.
  void run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs);

  size_t buffer_bytes() const;
  SharedSteps shared_steps() const { return executor_.shared_steps(); }
  Recorder& recorder() { return executor_.recorder(); }

 private:
  struct OwnBuffer {
    size_t index;
    Type type;
    Tensor spare = {};
  };
  struct Copy {
    Tensor tensor = {}, spare = {};
  };

  void bind_leaves();
  void bind_inputs(std::span<const Tensor> inputs);
  void check_input(const Plan::Input& input, const Tensor& tensor);
  void bind_buffers();
  void renew(Tensor& tensor, Tensor& spare, const Type& type) const;
  bool run_stages(ParameterUse& use, bool check);
  bool guard_holds();
  void make_beside();
  void check_assigned() const;
  [[noreturn]] void diagnose(ParameterUse& use);
  void commit_copies();
  void collect_outputs(std::vector<Tensor>& outputs);
  std::byte* read_location(int32_t id) const { return executor_.address(plan_->memory.home[id]); }

  std::shared_ptr<const Plan> plan_;
  Executor executor_;
  std::vector<Tensor> buffers_;
  std::vector<OwnBuffer> own_buffers_;
  std::vector<BufferUse*> read_, assigned_;  // parameters
  std::vector<Tensor> set_aside_;            // values of assignments that are parameters themselves
  std::vector<Copy> copies_;                 // outputs whose value stands in a frame or a leaf
  bool beside_ = false;                      // whether assigned values of this run have to be looked at before they are
  std::vector<Tensor> made_beside_;          // by buffer: what then stands in for a parameter's memory
  int64_t batch_rows_ = 1;
};

}  // namespace reel
