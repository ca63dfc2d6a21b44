#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "reel/autodiff/checking/checks.h"
#include "reel/graph/error.h"

namespace reel::checking {
namespace {

bool same_bytes(const std::byte* a, const std::byte* b, int64_t count) {
  return std::memcmp(a, b, static_cast<size_t>(count)) == 0;
}

/// Of every block of the last axes the element `which`.
Tensor element_of_blocks(const Tensor& x, const Shape& shape, int64_t which) {
  Tensor part(x.dtype(), shape);
  const auto size = static_cast<int64_t>(size_of(x.dtype())), block = x.size() / std::max<int64_t>(part.size(), 1);
  for (int64_t i = 0; i < part.size(); ++i)
    std::memcpy(part.raw() + i * size, x.raw() + (i * block + which) * size, static_cast<size_t>(size));
  return part;
}

Shape without_last(Shape shape, int axes) {
  for (; axes > 0; --axes) shape = shape.without_axis(shape.rank() - 1);
  return shape;
}

/// Moved as a whole, blocks give the same for each of their elements.
void check_moves_blocks(const Subject& subject, int trailing) {
  const Type& in = subject.types[0];
  if (!subject.op->moves_blocks(trailing, in)) return;
  const auto fail = [&](const std::string& what) {
    subject.fail(fmt::format("moves_blocks: it claims to move blocks of the last {} axes, but {}", trailing, what));
  };
  const Shape small = without_last(in.shape, trailing);
  const int64_t block = subject.values[0].size() / std::max<int64_t>(concrete(small, subject.batch_rows).size(), 1);
  const Tensor y = run_whole(subject);
  for (const int64_t which : {int64_t{0}, block - 1}) {
    Subject part = subject;
    part.values = {element_of_blocks(subject.values[0], concrete(small, subject.batch_rows), which)};
    part.types = {Type{in.dtype, small}};
    part.type = part.op->infer(part.types);
    const Tensor got = run_whole(part);
    if (got.size() * block != y.size()) fail(fmt::format("gives {} of {}", part.type.str(), part.types[0].str()));
    if (!same_bits(got, element_of_blocks(y, got.shape(), which))) fail("gives others without those axes");
  }
}

void check_column(const Subject& subject) {
  const auto column = subject.op->column();
  if (!column) return;
  const Shape& shape = subject.values[0].shape();
  const auto fail = [&](const std::string& what) { subject.fail(fmt::format("column: {}", what)); };
  if (shape.rank() < 2 || *column < 0 || *column >= shape[1])
    fail(fmt::format("it claims to depend on index {} of axis 1 alone, of {}", *column, subject.types[0].str()));
  Subject other = subject;
  other.values[0] = subject.others[0].clone();
  const int64_t bytes = shape.product(2, shape.rank()) * static_cast<int64_t>(size_of(subject.types[0].dtype));
  for (int64_t row = 0; row < shape[0]; ++row) {
    const int64_t at = (row * shape[1] + *column) * bytes;
    std::memcpy(other.values[0].raw() + at, subject.values[0].raw() + at, static_cast<size_t>(bytes));
  }
  if (!same_bits(run_whole(other), run_whole(subject)))
    fail(fmt::format("it claims to depend on index {} of axis 1 alone, but changes with others", *column));
}

/// Zeros around the input; and the op that joins lays two of it one after the other.
void check_placement(const Subject& subject) {
  const auto placement = subject.op->placement(subject.types[0]);
  if (!placement) return;
  const auto& [axis, begin, size, join] = *placement;
  const Tensor y = run_whole(subject), &x = subject.values[0];
  const Shape& shape = y.shape();
  if (axis < 0 || axis >= shape.rank() || begin < 0 || begin + size > shape[axis])
    subject.fail(fmt::format("placement: it claims to put its input at {} of axis {} of {}", begin, axis, shape.str()));
  const int64_t inner = shape.product(axis + 1, shape.rank());
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t along = i / inner % shape[axis], outer = i / inner / shape[axis];
    const bool inside = along >= begin && along < begin + size;
    const double expected = inside ? x.at((outer * size + along - begin) * inner + i % inner) : 0;
    if (y.at(i) == expected) continue;
    subject.fail(fmt::format("placement: it claims to surround its input with zeros, but element {} is {}, expected {}",
                             i, y.at(i), expected));
  }
  const Subject joined = subject.with(join, {subject.types[0], subject.types[0]}, {x, x});
  const Tensor both = run_whole(joined);
  for (int64_t i = 0; i < both.size(); ++i) {
    const int64_t along = i / inner % (2 * size), outer = i / inner / (2 * size);
    if (both.at(i) == x.at((outer * size + along % size) * inner + i % inner)) continue;
    subject.fail("placement: its `join` does not lay values one after the other");
  }
}

void check_part_of_row(const Subject& subject) {
  const auto begin = subject.op->part_of_row(subject.types[0]);
  if (!begin) return;
  const Tensor y = run_whole(subject), &x = subject.values[0];
  const int64_t whole = x.type().row_bytes(), part = y.type().row_bytes();
  bool holds = *begin >= 0 && *begin + part <= whole;
  for (int64_t row = 0; holds && row < y.shape().lead(); ++row)
    holds = same_bytes(y.raw() + row * part, x.raw() + row * whole + *begin, part);
  if (!holds) subject.fail(fmt::format("part_of_row: it claims to pick what lies at byte {} of each row", *begin));
}

void check_joins_rows(const Subject& subject) {
  if (!subject.op->joins_rows()) return;
  const Tensor y = run_whole(subject);
  int64_t at = 0;
  for (int64_t row = 0; row < y.shape().lead(); ++row) {
    for (const Tensor& x : subject.values) {
      const int64_t bytes = x.type().row_bytes();
      if (at + bytes > static_cast<int64_t>(y.bytes()) || !same_bytes(y.raw() + at, x.raw() + row * bytes, bytes))
        subject.fail(fmt::format("joins_rows: it claims to lay rows one after the other, but row {} is another", row));
      at += bytes;
    }
  }
  if (at != static_cast<int64_t>(y.bytes())) subject.fail("joins_rows: its output holds more than the joined rows");
}

}  // namespace

void check_moves(const Subject& subject) {
  if (subject.types.empty()) return;
  if (subject.types.size() == 1) {
    for (int trailing = 1; trailing < subject.types[0].shape.rank(); ++trailing) check_moves_blocks(subject, trailing);
  }
  check_column(subject);
  check_placement(subject);
  check_part_of_row(subject);
  check_joins_rows(subject);
}

}  // namespace reel::checking
