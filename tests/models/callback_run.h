// A small model to call callbacks of, and logs of given values to show them.
#pragma once

#include <string>
#include <vector>

#include "reel/models/callbacks/callbacks.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {

/// Rows that a line fits, [n, 2] and [n, 1].
struct Line {
  Tensor x, y;
  explicit Line(int64_t n) : x(Tensor::uniform({n, 2}, -1, 1, 5)), y(DType::f32, {n, 1}) {
    for (int64_t i = 0; i < n; ++i) y.data<float>()[i] = static_cast<float>(2 * x.at(2 * i) - x.at(2 * i + 1) + 0.5);
  }
};

inline Sequential line_model(CompileOptions compiled = {.loss = "mse", .optimizer = SGD{.learning_rate = 0.125}}) {
  Sequential model({Input({2}), Dense(1)}, {.seed = 3});
  model.compile(std::move(compiled));
  return model;
}

/// Sets a log of each epoch to one of these values.
inline CallbackPtr given_log(std::string name, std::vector<double> values) {
  return LambdaCallback{.on_epoch_end = [name, values](int64_t epoch, Logs& logs) {
    logs.set(name, values.at(static_cast<size_t>(epoch)));
  }};
}

/// Trains for as many epochs as there are values, shown to the callback as log "given". Returns how many it was.
inline History fit_with(Sequential& model, const std::vector<double>& values, const CallbackPtr& callback) {
  const Line line(4);
  return model.fit(line.x, line.y,
                   {.epochs = static_cast<int64_t>(values.size()),
                    .verbose = 0,
                    .callbacks = {given_log("given", values), callback}});
}

inline size_t epochs_with(const std::vector<double>& values, const CallbackPtr& callback) {
  Sequential model = line_model();
  return fit_with(model, values, callback).epochs.size();
}

}  // namespace reel::testing
