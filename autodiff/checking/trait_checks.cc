#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>

#include "reel/autodiff/checking/checks.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel::checking {
namespace {

/// Half of the elements, in no order.
bool is_picked(int64_t i) { return (static_cast<uint64_t>(i + 1) * 0x9E3779B97F4A7C15u >> 40 & 1) != 0; }

/// Which element of an operand of shape `in` meets element `i` of `out`, broadcast.
int64_t source_of(const Shape& in, const Shape& out, int64_t i) {
  int64_t source = 0, stride = 1;
  for (int back = 1; back <= in.rank(); ++back) {
    const int64_t extent = out[out.rank() - back], own = in[in.rank() - back];
    if (own != 1) source += i % extent * stride;
    stride *= own;
    i /= extent;
  }
  return source;
}

void copy_element(Tensor& to, const Tensor& from, int64_t i) {
  const size_t size = size_of(to.dtype());
  std::memcpy(to.raw() + static_cast<size_t>(i) * size, from.raw() + static_cast<size_t>(i) * size, size);
}

bool same_element(const Tensor& a, const Tensor& b, int64_t i) {
  const size_t size = size_of(a.dtype()), at = static_cast<size_t>(i) * size;
  return std::memcmp(a.raw() + at, b.raw() + at, size) == 0;
}

/// The subject with other values of input `input` where `picked` says so of an element.
Subject changed(const Subject& subject, size_t input, const std::function<bool(int64_t)>& picked) {
  Subject made = subject;
  made.values[input] = subject.values[input].clone();
  for (int64_t i = 0; i < made.values[input].size(); ++i) {
    if (picked(i)) copy_element(made.values[input], subject.others[input], i);
  }
  return made;
}

/// That elements of the output stay as they are whose own part of the input does not change: `part_of` says which part
/// an element of the output belongs to, and `parts` one of the input.
void require_local(const Subject& subject, size_t input, const std::function<int64_t(int64_t)>& part_of_output,
                   const std::function<int64_t(int64_t)>& part_of_input, const std::string& what) {
  const Tensor before = run_whole(subject);
  const Tensor after = run_whole(changed(subject, input, [&](int64_t i) { return is_picked(part_of_input(i)); }));
  for (int64_t i = 0; i < before.size(); ++i) {
    if (is_picked(part_of_output(i)) || same_element(before, after, i)) continue;
    subject.fail(fmt::format("{}, but element {} of its output changes with others of input {}", what, i, input));
  }
}

void check_elementwise(const Subject& subject) {
  const Shape out = concrete(subject.type.shape, subject.batch_rows);
  for (size_t k = 0; k < subject.values.size(); ++k) {
    const Shape& in = subject.values[k].shape();
    if (in.rank() > out.rank()) {
      subject.fail(fmt::format("elementwise: its output {} is no broadcast of input {} {}", subject.type.str(), k,
                               subject.types[k].str()));
    }
    require_local(
        subject, k, [&](int64_t i) { return source_of(in, out, i); }, [](int64_t i) { return i; },
        "elementwise: it claims to be");
  }
}

/// That each vector depends on its own, and that they are all treated alike: two that are equal give equal ones.
void check_vectorwise(const Subject& subject) {
  const Shape &in = subject.values[0].shape(), out = concrete(subject.type.shape, subject.batch_rows);
  if (in.rank() == 0 || out.rank() != in.rank() || out.product(0, out.rank() - 1) != in.product(0, in.rank() - 1)) {
    subject.fail(fmt::format("vectorwise: its output {} has not the vectors of input 0 {}", subject.type.str(),
                             subject.types[0].str()));
  }
  const int64_t from = std::max<int64_t>(in.back(), 1), to = std::max<int64_t>(out.back(), 1);
  require_local(
      subject, 0, [=](int64_t i) { return i / to; }, [=](int64_t i) { return i / from; },
      "vectorwise: it claims to be");
  for (size_t k = 1; k < subject.types.size(); ++k) {
    if (subject.by_row(k)) return;
  }
  const int64_t vectors = in.product(0, in.rank() - 1);
  const auto bytes = static_cast<size_t>(from) * size_of(subject.values[0].dtype());
  Subject same = subject;
  same.values[0] = subject.values[0].clone();
  for (int64_t v = 1; v < vectors; ++v)
    std::memcpy(same.values[0].raw() + static_cast<size_t>(v) * bytes, same.values[0].raw(), bytes);
  const Tensor y = run_whole(same);
  const auto written = static_cast<size_t>(to) * size_of(y.dtype());
  for (int64_t v = 1; v < vectors; ++v) {
    if (std::memcmp(y.raw(), y.raw() + static_cast<size_t>(v) * written, written) == 0) continue;
    subject.fail(
        fmt::format("vectorwise: it claims to be, but gives for vector {} what it does not give for an equal "
                    "vector 0",
                    v));
  }
}

void check_sum(const Subject& subject) {
  const Tensor y = run_whole(subject);
  const double unit = y.dtype() == DType::f64 ? 0x1p-52 : 0x1p-23;
  for (int64_t i = 0; i < y.size(); ++i) {
    double sum = 0, size = 0;
    for (const Tensor& x : subject.values) {
      const double term = x.at(source_of(x.shape(), y.shape(), i));
      sum += term;
      size += std::abs(term);
    }
    if (are_near(y.at(i), sum, unit * static_cast<double>(subject.values.size()) * size)) continue;
    subject.fail(fmt::format("sum: it claims to be one, but element {} is {}, expected {}", i, y.at(i), sum));
  }
}

void check_gather(const Subject& subject) {
  const Tensor y = run_whole(subject), &table = subject.values[0], &ids = subject.values[1];
  const int64_t bytes = table.type().row_bytes();
  for (int64_t i = 0; i < ids.size(); ++i) {
    const std::byte* row = table.raw() + static_cast<int64_t>(ids.at(i)) * bytes;
    if (std::memcmp(y.raw() + i * bytes, row, static_cast<size_t>(bytes)) == 0) continue;
    subject.fail(fmt::format("gather: it claims to pick rows of input 0, but pick {} is not row {}", i, ids.at(i)));
  }
}

/// Adds to what is there; numbers that are large beside what it adds tell, but not how it rounds.
void check_accumulates(const Subject& subject) {
  const Tensor from_zero = run_whole(subject);
  const double largest = largest_of(from_zero);
  Tensor sum = Tensor::full(from_zero.shape(), 2 * largest, from_zero.dtype());
  BlockRun run(subject, 0, subject.extent(), {}, sum);
  subject.op->run(run.block());
  run.finish(sum);
  for (int64_t i = 0; i < sum.size(); ++i) {
    if (are_near(sum.at(i) - 2 * largest, from_zero.at(i), 1e-3 * largest)) continue;
    subject.fail(fmt::format("accumulates: it claims to, but makes {} of {} where it makes {} of 0: element {}",
                             sum.at(i), 2 * largest, from_zero.at(i), i));
  }
}

void check_reduces_rows(const Subject& subject) {
  if (subject.type.shape.has_rows() || !subject.op->traits().accumulates)
    subject.fail("reduces_rows: it must accumulate into an output without a row axis");
  const int64_t extent = subject.extent();
  if (extent < 2) return;
  const Tensor all = run_whole(subject), first = run_rows(subject, 0, extent / 2),
               rest = run_rows(subject, extent / 2, extent - extent / 2);
  for (int64_t i = 0; i < all.size(); ++i) {
    const double parts = first.at(i) + rest.at(i), size = std::abs(first.at(i)) + std::abs(rest.at(i)) + 1;
    if (are_near(all.at(i), parts, 1e-3 * size)) continue;
    subject.fail(fmt::format("reduces_rows: it claims to sum over rows, but element {} of all is {}, of two parts {}",
                             i, all.at(i), parts));
  }
}

/// In floats and in doubles it must come to the same.
void check_adds_to_doubles(const Subject& subject) {
  if (subject.type.dtype != DType::f32) return;
  const Tensor in_double = run_whole(subject);
  Tensor floats = Tensor::zeros(in_double.shape());
  std::vector<Operand> operands;
  for (size_t i = 0; i < subject.values.size(); ++i) operands.push_back({subject.values[i].raw(), &subject.types[i]});
  subject.op->run({.rows = subject.extent(),
                   .batch_rows = subject.batch_rows,
                   .inputs = operands,
                   .output = floats.raw(),
                   .type = &subject.type});
  const double largest = largest_of(in_double);
  for (int64_t i = 0; i < floats.size(); ++i) {
    if (are_near(floats.at(i), in_double.at(i), 1e-3 * largest)) continue;
    subject.fail(fmt::format("adds_to_doubles: it claims to, but element {} is {} in doubles, {} in floats", i,
                             in_double.at(i), floats.at(i)));
  }
}

/// Rows that it marks hold what they do without marks; others are zeros there, and nobody has written to them here.
void check_sparse(const Subject& subject) {
  const Shape& shape = subject.type.shape;
  const Tensor zero = Tensor::zeros(shape, subject.type.dtype);
  Tensor whole = zero.clone(), marked = Tensor::full(shape, 77, subject.type.dtype);
  std::vector<uint64_t> marks(static_cast<size_t>(bytes_of_marks(shape.lead())) / sizeof(uint64_t));
  for (Tensor* output : {&whole, &marked}) {
    std::vector<Operand> operands;
    for (size_t i = 0; i < subject.values.size(); ++i) operands.push_back({subject.values[i].raw(), &subject.types[i]});
    subject.op->run({.rows = subject.extent(),
                     .batch_rows = subject.batch_rows,
                     .inputs = operands,
                     .output = output->raw(),
                     .type = &subject.type,
                     .marks = output == &marked ? marks.data() : nullptr});
  }
  for (int64_t i = 0; i < whole.size(); ++i) {
    const bool is_written = is_marked(marks.data(), i / shape.row_size());
    if (same_element(is_written ? marked : zero, whole, i) && (is_written || marked.at(i) == 77)) continue;
    subject.fail(fmt::format("sparse: it claims to be, but adds to row {} otherwise than by Block::sparse_row",
                             i / shape.row_size()));
  }
}

}  // namespace

void check_traits(const Subject& subject) {
  const Traits traits = subject.op->traits();
  if (traits.elementwise) check_elementwise(subject);
  if (traits.vectorwise) check_vectorwise(subject);
  if (traits.sum) check_sum(subject);
  if (traits.gather) check_gather(subject);
  if (traits.adds_to_doubles) check_adds_to_doubles(subject);
  if (traits.reduces_rows) check_reduces_rows(subject);
  if (traits.accumulates) check_accumulates(subject);
  if (traits.sparse) check_sparse(subject);
}

}  // namespace reel::checking
