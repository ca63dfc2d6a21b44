#include <fmt/format.h>

#include "reel/autodiff/checking/checks.h"
#include "reel/graph/error.h"

namespace reel::checking {
namespace {

/// a + b of one type, or a vector b along a's last axis.
Tensor added(const Tensor& a, const Tensor& b) {
  Tensor sum = a.clone();
  const auto add = [&](auto element) {
    using T = decltype(element);
    const std::span<T> to = sum.data<T>();
    const std::span<const T> from = b.data<T>();
    for (size_t i = 0; i < to.size(); ++i) to[i] += from[i % from.size()];
  };
  a.dtype() == DType::f64 ? add(double()) : add(float());
  return sum;
}

/// An addition of its own gives the same bits.
void check_addend(const Subject& subject, const Type& type) {
  const Tensor addend = Tensor::uniform(concrete(type.shape, subject.batch_rows), -2, 2, 5, type.dtype);
  std::vector<Type> types = subject.types;
  std::vector<Tensor> values = subject.values;
  types.push_back(type);
  values.push_back(addend);
  const Subject fused = subject.with(subject.op->with_addend(), std::move(types), std::move(values));
  check_subject(fused);
  if (same_bits(run_whole(fused), added(run_whole(subject), addend))) return;
  subject.fail(
      fmt::format("with_addend: {} with an addend {} gives other bits than an addition", fused.op->name(), type.str()));
}

void check_with_addend(const Subject& subject) {
  if (!subject.op->with_addend()) return;
  check_addend(subject, subject.type);
  if (subject.type.shape.rank() > 1) check_addend(subject, {subject.type.dtype, {subject.type.shape.back()}});
}

void check_prepack(const Subject& subject) {
  const auto better = subject.op->prepack(subject.types);
  if (!better) return;
  const size_t input = better->input;
  if (input >= subject.types.size()) subject.fail(fmt::format("prepack: it has no input {} to pack", input));
  const Subject packing = subject.with(better->pack, {subject.types[input]}, {subject.values[input]});
  check_subject(packing);
  std::vector<Type> types = subject.types;
  std::vector<Tensor> values = subject.values;
  types[input] = packing.type;
  values[input] = run_whole(packing);
  const Subject consumer = subject.with(better->consumer, std::move(types), std::move(values));
  if (!(consumer.type == subject.type)) {
    subject.fail(fmt::format("prepack: {} gives {} of the packed operand, expected {}", consumer.op->name(),
                             consumer.type.str(), subject.type.str()));
  }
  if (!same_bits(run_whole(consumer), run_whole(subject)))
    subject.fail(fmt::format("prepack: {} gives other bits of the packed operand", consumer.op->name()));
  check_memory(consumer);
  check_blocks(consumer);
  if (subject.op->with_addend()) check_with_addend(consumer);  // else an addend is among its operands already
}

void check_by_output_rows(const Subject& subject) {
  const OpPtr other = subject.op->by_output_rows();
  if (!other) return;
  const Subject by_output = subject.with(other);
  check_subject(by_output);
  const Tensor got = run_whole(by_output), expected = run_whole(subject);
  bool holds = by_output.type == subject.type;
  const double margin = 1e-3 * largest_of(expected);
  for (int64_t i = 0; holds && i < expected.size(); ++i) holds = are_near(got.at(i), expected.at(i), margin);
  if (!holds) subject.fail(fmt::format("by_output_rows: {} gives another sum", other->name()));
}

}  // namespace

void check_substitutes(const Subject& subject) {
  check_with_addend(subject);
  check_prepack(subject);
  check_by_output_rows(subject);
}

}  // namespace reel::checking
