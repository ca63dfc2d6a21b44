// An op of the table of op tests, recorded for one of its samples.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "ops/op_table.h"
#include "reel/autodiff/tape.h"

namespace reel::testing {

struct Recorded {
  Tape tape;
  std::vector<Var> arguments;
  Var y;

  Recorded(const OpRow& row, const Sample& sample, DType dtype) {
    for (size_t i = 0; i < sample.size(); ++i) {
      arguments.push_back(tape.input(sample[i], static_cast<int>(i) == row.ids ? DType::i32 : dtype));
    }
    y = row.make(arguments);
  }
  const Node& node() const { return tape.graph().node(y); }
  /// Whether the op alone stands there, applied to the arguments themselves.
  bool is_alone() const {
    return std::ranges::equal(node().inputs, arguments, {}, {}, [](const Var& argument) { return argument.id(); });
  }
  Tensor run(const std::vector<Tensor>& values) {
    return tape.compile(Targets{.outputs = {y}, .inputs = arguments}).run(values)[0];
  }
};

/// Calls f(row, sample) for all of the table.
template <class F>
void for_each_sample(F&& f) {
  for (const OpRow& row : op_table()) {
    for (const Sample& sample : row.samples) {
      std::string text = row.name + " of";
      for (const Shape& shape : sample) text += " " + shape.str();
      INFO(text);
      f(row, sample);
    }
  }
}

}  // namespace reel::testing
