#include "reel/autodiff/checking/finite_gradient.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::checking {
namespace {

constexpr std::array kDelicate = {0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-30, -1e-30, 30.0, 100.0, -100.0, 1e4, -1e4};

Tensor delicate_values(const Tensor& like, Random& random) {
  Tensor values(DType::f64, like.shape());
  for (double& value : values.data<double>()) value = kDelicate[random.below(kDelicate.size())];
  return values.cast(like.dtype());
}

}  // namespace

void check_finite_gradient(const Subject& subject) {
  if (!subject.op->traits().finite_gradient || subject.type.dtype == DType::i32) return;
  Tape tape;
  std::vector<Var> inputs, wrt, adjoints;
  std::vector<Tensor> values;
  Random random(9);
  for (size_t i = 0; i < subject.types.size(); ++i) {
    const bool is_float = subject.types[i].dtype != DType::i32;
    inputs.push_back(tape.input(subject.types[i].shape, subject.types[i].dtype));
    values.push_back(is_float ? delicate_values(subject.values[i], random) : subject.values[i]);
    if (is_float) wrt.push_back(inputs.back());
  }
  if (wrt.empty()) return;
  const Var y = tape.graph().add(subject.op, inputs);
  try {
    adjoints = tape.vjp(y, broadcast_to(tape.constant(1.0, y.dtype()), y.shape()), wrt);
  } catch (const Error&) {
    return;  // it is claimed of none
  }
  const std::vector<Tensor> found = tape.compile(Targets{.outputs = adjoints, .inputs = inputs}).run(values);
  for (size_t k = 0; k < found.size(); ++k) {
    for (int64_t i = 0; i < found[k].size(); ++i) {
      if (std::isfinite(found[k].at(i))) continue;
      subject.fail(fmt::format("finite_gradient: it claims one, but that of float input {} is {} at element {}", k,
                               found[k].at(i), i));
    }
  }
}

}  // namespace reel::checking
