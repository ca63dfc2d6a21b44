#include "graph/training_steps.h"

#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

using StepPtr = std::unique_ptr<TrainingStep>;

Var zero_state(TrainingStep& step, int64_t units) {
  return broadcast_to(step.tape.constant(Tensor::zeros({1, units})), {rows, units});
}

StepPtr recurrence_over_ids() {
  constexpr int64_t kSteps = 9, kUnits = 48;
  auto step = std::make_unique<TrainingStep>();
  step->inputs.push_back(step->tape.input({rows, kSteps}, DType::i32, "ids"));
  const Var table = step->add_weight({3, 16}), w = step->add_weight({16, kUnits}),
            u = step->add_weight({kUnits, kUnits}), b = step->add_weight({kUnits});
  Var h = zero_state(*step, kUnits);
  for (int64_t t = 0; t < kSteps; ++t) {
    h = tanh(matmul(gather(table, select(step->inputs[0], 1, t)), w) + matmul(h, u) + b);
  }
  step->predict_from(h);
  return step;
}

StepPtr lstm() {
  constexpr int64_t kSteps = 11, kFeatures = 7, kUnits = 24;
  auto step = std::make_unique<TrainingStep>();
  step->inputs.push_back(step->tape.input({rows, kSteps, kFeatures}));
  const Var w = step->add_weight({kFeatures, 4 * kUnits}), u = step->add_weight({kUnits, 4 * kUnits}),
            b = step->add_weight({4 * kUnits});
  Var h = zero_state(*step, kUnits), c = h;
  for (int64_t t = 0; t < kSteps; ++t) {
    const std::vector<Var> gates = split(matmul(select(step->inputs[0], 1, t), w) + matmul(h, u) + b, 4);
    c = sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2]);
    h = sigmoid(gates[3]) * tanh(c);
  }
  step->predict_from(h);
  return step;
}

/// One weight is used twice, and its gradient a sum of two; the other's is made by rows of the weight.
StepPtr heavy_layers() {
  constexpr int64_t kUnits = 512;
  auto step = std::make_unique<TrainingStep>();
  step->inputs.push_back(step->tape.input({rows, kUnits}));
  const Var twice = step->add_weight({kUnits, kUnits}), once = step->add_weight({kUnits, kUnits + 24}),
            b = step->add_weight({kUnits});
  const Var h = tanh(matmul(tanh(matmul(step->inputs[0], twice) + b), twice));
  step->predict_from(relu(matmul(h, once)));
  return step;
}

}  // namespace

Var TrainingStep::add_weight(const Shape& shape) {
  start_.push_back(Tensor::uniform(shape, -0.2, 0.2, 100 + start_.size()));
  weights.push_back(tape.parameter(start_.back().clone()));
  return weights.back();
}

void TrainingStep::predict_from(Var last) {
  const Var y = tape.input({rows, 1});
  inputs.push_back(y);
  state = last;
  predicted = matmul(state, add_weight({state.shape().back(), 1}));
  loss = mean(square(predicted - y));
  gradients = tape.gradient(loss, weights);
}

std::vector<Tensor> TrainingStep::batch(int64_t row_count) const {
  std::vector<Tensor> tensors;
  for (const Var& input : inputs) {
    const Shape shape = input.shape().with_lead(row_count);
    if (input.type().dtype != DType::i32) {
      tensors.push_back(Tensor::randn(shape, 7 + tensors.size()));
      continue;
    }
    Random random(static_cast<uint64_t>(row_count));
    tensors.push_back(Tensor::zeros(shape, DType::i32));
    for (int32_t& id : tensors.back().data<int32_t>()) id = static_cast<int32_t>(random.below(2));
  }
  return tensors;
}

Program TrainingStep::compile(const std::vector<Var>& beside) {
  Targets targets{.outputs = {loss, predicted}, .guard = loss, .inputs = inputs};
  targets.outputs.insert(targets.outputs.end(), gradients.begin(), gradients.end());
  targets.outputs.insert(targets.outputs.end(), beside.begin(), beside.end());
  for (size_t i = 0; i < weights.size(); ++i) {
    targets.assignments.push_back({weights[i], weights[i] - 0.1 * gradients[i]});
  }
  return tape.compile(std::move(targets));
}

void TrainingStep::reset() {
  for (size_t i = 0; i < weights.size(); ++i) Tensor(tape.graph().node(weights[i]).value).assign(start_[i]);
}

const std::vector<NamedStep>& training_steps() {
  static const std::vector<NamedStep> steps = {
      {"recurrence over ids", recurrence_over_ids}, {"lstm", lstm}, {"heavy layers", heavy_layers}};
  return steps;
}

std::vector<Tensor> train_twice(TrainingStep& step, Program& program, const std::vector<Tensor>& batch) {
  step.reset();
  std::vector<Tensor> results;
  for (int i = 0; i < 2; ++i) {
    const std::vector<Tensor> outputs = program.run(batch);
    for (size_t k = 0; k < 2 + step.gradients.size(); ++k) results.push_back(outputs[k].clone());
  }
  for (const Var& weight : step.weights) results.push_back(step.tape.graph().node(weight).value.clone());
  return results;
}

}  // namespace reel::testing
